import type { InsertedJob, NewJob } from '../../job/job.ts'
import type { JobState } from '../../job/state.ts'
import { StaffaError } from '../../support/errors.ts'
import type { Row, Value } from '../database.ts'
import type { InsertJobsOptions } from '../engine.ts'
import { channelName, statement } from '../names.ts'
import { instant, now, run, type Tools } from './tools.ts'

/**
 * Inserts rows and notifies their queues, in one statement. Takes no lock but those of new rows. Ids are given out in the order
 * of the list, so they tell which row is whose; in which order rows come back nobody promises.
 *
 * What jobs share that differ in their args alone is sent and worked out once.
 */
export function insertRows(tools: Tools) {
  const insert = statement('insert', text(tools, each(tools)))
  const insertAlike = statement('insert_alike', text(tools, alike(tools, 'jsonb')))
  const insertLong = statement('insert_alike', text(tools, alike(tools, 'json')))

  const asked = (jobs: readonly NewJob[], rest: readonly Value[]) => {
    const [first] = jobs
    if (!first || !areAlike(first, jobs)) return [insert, [JSON.stringify(jobs.map(toRecord)), ...rest]] as const
    const args = argsOf(jobs)

    return [args.length > long ? insertLong : insertAlike, [sharedBy(first), ...rest, args, marksOf(jobs)]] as const
  }

  return async (jobs: readonly NewJob[], { on, notify = true }: InsertJobsOptions): Promise<InsertedJob[]> => {
    const notices = JSON.stringify(notify ? noticesFor(jobs) : [])
    const [chosen, values] = asked(jobs, [notices, instant(tools)])
    const rows = await run(tools, chosen, { on, values })
    const written = rows.flatMap(toWritten)
    if (written.length !== jobs.length) {
      throw new StaffaError('DATABASE_FAILED', `expected ${jobs.length} jobs to be written, got ${written.length}`)
    }

    return written.sort((a, b) => a.id - b.id).map((row, index) => toInserted(jobs[index] as NewJob, row))
  }
}

/**
 * So many characters of args surely fit into one `jsonb`, which holds 256 MB and may be several times as long as its text.
 * More are sent as `json`, which takes the server longer: it reads each of the args once more.
 */
const long = 2 ** 24

const shared =
  'state text, queue text, worker text, meta jsonb, tags text[], priority int, attempts int, at text, delay float8, deadline float8'

/** What was sent for a row, as its columns. */
const columns = ({ names }: Tools) => `
  state::${names.state}, queue, worker, tags, priority, attempts, now, due,
  CASE WHEN deadline IS NULL THEN meta
  ELSE meta || jsonb_build_object('deadline', floor(date_part('epoch', due) * 1000 + deadline)) END AS meta`

/** When a row is due that is sent as this. */
const due = (from: string) => `
  SELECT *, coalesce(at::timestamptz AT TIME ZONE 'UTC', now + coalesce(delay, 0) * interval '1 millisecond') AS due
  FROM ${from}, (SELECT ${now(3)} AS now) AS clock`

/** Rows of any kind, from one list of records. */
function each(tools: Tools): string {
  const records = `ROWS FROM (jsonb_to_recordset($1::text::jsonb) AS (args jsonb, ${shared})) WITH ORDINALITY`

  return `SELECT ${columns(tools)}, args, ordinality FROM (${due(records)}) AS given`
}

/** Rows that differ in their args alone, and their fingerprints: one record, and a list of each. */
function alike(tools: Tools, list: 'json' | 'jsonb'): string {
  const record = `jsonb_to_record($1::text::jsonb) AS record (${shared})`

  return `
    SELECT one.state, queue, worker, tags, priority, attempts, now, due,
      CASE WHEN fingerprint IS NULL THEN meta ELSE meta || jsonb_build_object('fingerprint', fingerprint) END AS meta,
      given.args::jsonb AS args, given.ordinality
    FROM (SELECT ${columns(tools)} FROM (${due(record)}) AS record OFFSET 0) AS one,
      ROWS FROM (${list}_array_elements($4::text::${list}), json_array_elements_text($5::text::json))
        WITH ORDINALITY AS given (args, fingerprint, ordinality)`
}

/**
 * Sends back one row for all jobs with the same times: mostly one for the statement. No two of its columns share a name,
 * since a caller's transaction may give rows as objects.
 */
function text({ names }: Tools, described: string): string {
  return `
    WITH notified AS MATERIALIZED (
      SELECT count(pg_notify('${channelName(names.prefix, 'insert').replaceAll("'", "''")}', payload)) AS notices
      FROM jsonb_array_elements_text($2::text::jsonb) AS payload
    ), inserted AS (
      INSERT INTO ${names.jobs}
        (state, queue, worker, args, meta, tags, priority, max_attempts, inserted_at, scheduled_at)
      SELECT state, queue, worker, args, meta, tags, priority, attempts, now, due
      FROM (${described}) AS described
      ORDER BY ordinality
      RETURNING id, inserted_at, scheduled_at, meta ->> 'deadline' AS deadline
    )
    SELECT string_agg(id::text, ',') AS ids, date_part('epoch', inserted_at) * 1000 AS inserted,
      date_part('epoch', scheduled_at) * 1000 AS scheduled, deadline, (SELECT notices FROM notified) AS notices
    FROM inserted
    GROUP BY inserted_at, scheduled_at, deadline`
}

/**
 * Whether jobs differ in nothing but their args, and the fingerprints that come of them. Equal lists and objects that
 * are not the same one count as different.
 */
function areAlike(first: NewJob, jobs: readonly NewJob[]): boolean {
  const marked = isMarked(first)

  return (
    jobs.length > 1 && jobs.every((job) => areOneKind(first, job) && (marked ? isMarked(job) : first.meta === job.meta))
  )
}

function areOneKind(one: NewJob, other: NewJob): boolean {
  return (
    one.state === other.state &&
    one.queue === other.queue &&
    one.worker === other.worker &&
    one.tags === other.tags &&
    one.priority === other.priority &&
    one.maxAttempts === other.maxAttempts &&
    one.scheduledAt === other.scheduledAt &&
    one.delay === other.delay &&
    one.deadline === other.deadline
  )
}

/** Whether a job's meta holds its fingerprint alone. */
function isMarked({ meta, fingerprint }: NewJob): boolean {
  return fingerprint !== undefined && meta.fingerprint === fingerprint && Object.keys(meta).length === 1
}

const sharedBy = (first: NewJob) => JSON.stringify({ ...toShared(first), ...(isMarked(first) && { meta: {} }) })
const marksOf = (jobs: readonly NewJob[]) => JSON.stringify(jobs.filter(isMarked).map(({ fingerprint }) => fingerprint))
const argsOf = (jobs: readonly NewJob[]) => JSON.stringify(jobs.map(({ args }) => args))

/** One notice a queue, for jobs that can run at once. */
function noticesFor(jobs: readonly NewJob[]): readonly string[] {
  const queues = new Set(jobs.filter((job) => initialState(job) === 'available').map((job) => job.queue))

  return [...queues].map((queue) => JSON.stringify({ queue }))
}

/** The state that a job begins in: a schedule makes it wait, even one in the past. */
export function initialState({ state, scheduledAt, delay }: NewJob): JobState {
  return state ?? (scheduledAt === undefined && delay === undefined ? 'available' : 'scheduled')
}

/** What only the database knows of a row that was written. */
interface Written extends Times {
  readonly id: number
}

/** Milliseconds since 1970. */
interface Times {
  readonly inserted: number
  readonly scheduled: number
  readonly deadline: number | undefined
}

function toWritten([ids, inserted, scheduled, deadline]: Row): readonly Written[] {
  const times: Times = {
    inserted: Number(inserted),
    scheduled: Number(scheduled),
    deadline: deadline === null || deadline === undefined ? undefined : Number(deadline),
  }

  return String(ids)
    .split(',')
    .map((id) => ({ id: Number(id), ...times }))
}

/** The job as it is stored. What the caller gave is not sent back: ids were given out in the order of the list. */
function toInserted(job: NewJob, { id, inserted, scheduled, deadline }: Written): InsertedJob {
  const { queue, worker, args, meta, tags, priority, maxAttempts } = job

  return Object.freeze({
    ...unattempted,
    id,
    state: initialState(job),
    queue,
    worker,
    args,
    meta: deadline === undefined ? meta : Object.freeze({ ...meta, deadline }),
    tags,
    priority,
    maxAttempts,
    insertedAt: new Date(inserted),
    scheduledAt: new Date(scheduled),
    conflict: false,
  })
}

/** What every new job has in common. */
const unattempted = Object.freeze({
  errors: Object.freeze([]),
  attempt: 0,
  attemptedBy: Object.freeze([]),
  attemptedAt: undefined,
  completedAt: undefined,
  cancelledAt: undefined,
  discardedAt: undefined,
})

function toRecord(job: NewJob): object {
  return { ...toShared(job), args: job.args }
}

function toShared(job: NewJob): object {
  return {
    state: initialState(job),
    queue: job.queue,
    worker: job.worker,
    meta: job.meta,
    tags: job.tags,
    priority: job.priority,
    attempts: job.maxAttempts,
    at: job.scheduledAt?.toISOString(),
    delay: job.delay,
    deadline: job.deadline,
  }
}
