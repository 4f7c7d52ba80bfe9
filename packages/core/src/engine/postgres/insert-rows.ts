import type { InsertedJob, NewJob } from '../../job/job.ts'
import type { JobState } from '../../job/state.ts'
import { StaffaError } from '../../support/errors.ts'
import type { Row } from '../database.ts'
import type { InsertJobsOptions } from '../engine.ts'
import { channelName, statement } from '../names.ts'
import { instant, now, run, type Tools } from './tools.ts'

/**
 * Inserts rows from one JSON list and notifies their queues, in one statement. Takes no lock but those of new rows.
 * Ids are given out in the order of the list, so they tell which row is whose; in which order rows come back nobody promises.
 */
export function insertRows(tools: Tools) {
  const insert = statement('insert', text(tools))

  return async (jobs: readonly NewJob[], { on, notify = true }: InsertJobsOptions): Promise<InsertedJob[]> => {
    const notices = notify ? noticesFor(jobs) : []
    const values = [JSON.stringify(jobs.map(toRecord)), JSON.stringify(notices), instant(tools)]
    const rows = await run(tools, insert, { values, on })
    if (rows.length !== jobs.length) {
      throw new StaffaError('DATABASE_FAILED', `expected ${jobs.length} jobs to be written, got ${rows.length}`)
    }

    return rows
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map((row, index) => toInserted(jobs[index] as NewJob, row))
  }
}

/** No two columns share a name: a caller's transaction may give rows as objects. */
function text({ names }: Tools): string {
  return `
    WITH notified AS MATERIALIZED (
      SELECT count(pg_notify('${channelName(names.prefix, 'insert').replaceAll("'", "''")}', payload)) AS notices
      FROM jsonb_array_elements_text($2::text::jsonb) AS payload
    ), described AS (
      SELECT *, coalesce(at::timestamptz AT TIME ZONE 'UTC', now + coalesce(delay, 0) * interval '1 millisecond') AS due
      FROM ROWS FROM (jsonb_to_recordset($1::text::jsonb) AS (
        state text, queue text, worker text, args jsonb, meta jsonb, tags text[], priority int, attempts int,
        at text, delay float8, deadline float8
      )) WITH ORDINALITY, (SELECT ${now(3)} AS now) AS clock
    ), inserted AS (
      INSERT INTO ${names.jobs}
        (state, queue, worker, args, meta, tags, priority, max_attempts, inserted_at, scheduled_at)
      SELECT state::${names.state}, queue, worker, args,
        CASE WHEN deadline IS NULL THEN meta
        ELSE meta || jsonb_build_object('deadline', floor(date_part('epoch', due) * 1000 + deadline)) END,
        tags, priority, attempts, now, due
      FROM described
      ORDER BY ordinality
      RETURNING id, inserted_at, scheduled_at, meta ->> 'deadline' AS deadline
    )
    SELECT id::text, date_part('epoch', inserted_at) * 1000 AS inserted,
      date_part('epoch', scheduled_at) * 1000 AS scheduled, deadline, notices
    FROM inserted, notified`
}

/** One notice a queue, for jobs that can run at once. */
function noticesFor(jobs: readonly NewJob[]): readonly string[] {
  const queues = new Set(jobs.filter((job) => initialState(job) === 'available').map((job) => job.queue))

  return [...queues].map((queue) => JSON.stringify({ queue }))
}

/** The state that a job begins in: a schedule makes it wait, even one in the past. */
export function initialState({ state, scheduledAt, delay }: NewJob): JobState {
  return state ?? (scheduledAt === undefined && delay === undefined ? 'available' : 'scheduled')
}

/** The job as it is stored. What the caller gave is not sent back: rows come in the order in which they were written. */
function toInserted(job: NewJob, [id, insertedAt, scheduledAt, deadline]: Row): InsertedJob {
  const { queue, worker, args, meta, tags, priority, maxAttempts } = job
  const expires = deadline === null || deadline === undefined ? undefined : Number(deadline)

  return Object.freeze({
    ...unattempted,
    id: Number(id),
    state: initialState(job),
    queue,
    worker,
    args,
    meta: expires === undefined ? meta : Object.freeze({ ...meta, deadline: expires }),
    tags,
    priority,
    maxAttempts,
    insertedAt: new Date(Number(insertedAt)),
    scheduledAt: new Date(Number(scheduledAt)),
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
  return {
    state: initialState(job),
    queue: job.queue,
    worker: job.worker,
    args: job.args,
    meta: job.meta,
    tags: job.tags,
    priority: job.priority,
    attempts: job.maxAttempts,
    at: job.scheduledAt?.toISOString(),
    delay: job.delay,
    deadline: job.deadline,
  }
}
