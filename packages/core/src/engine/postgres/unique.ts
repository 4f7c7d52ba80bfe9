import { createHash } from 'node:crypto'
import type { Job, NewJob } from '../../job/job.ts'
import type { Unique } from '../../job/unique.ts'
import { StaffaError } from '../../support/errors.ts'
import type { Queryable } from '../database.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { statement } from '../names.ts'
import { initialState } from './insert-rows.ts'
import { instant, now, numbers, run, type Tools } from './tools.ts'

/** Locks fingerprints until the transaction ends, always in the same order, so that two lists never block each other. */
export function lockFingerprints(tools: Tools) {
  const lock = statement(
    'lock',
    `SELECT current_setting('transaction_isolation'), pg_advisory_xact_lock(key::bigint)
     FROM jsonb_array_elements_text($1::text::jsonb) AS key`,
  )

  return async (jobs: readonly NewJob[], on: Queryable): Promise<void> => {
    const marks = new Set(jobs.flatMap(({ fingerprint }) => fingerprint ?? []))
    const keys = [...marks].map(lockKey).sort()
    const [row] = await run(tools, lock, { values: [JSON.stringify(keys)], on })
    const isolation = String(row?.[0])
    if (isolation.startsWith('read ')) return

    const message = `expected the transaction to be "read committed" for unique jobs, got ${JSON.stringify(isolation)}`
    throw new StaffaError('INVALID_TRANSACTION', message, { data: { isolation } })
  }
}

/** Finds, for each job of a list, an equal one that is stored: by place in the list. */
export function findTwins(tools: Tools) {
  const find = statement('find_twins', text(tools))

  return async (jobs: readonly NewJob[], on: Queryable): Promise<ReadonlyMap<number, Job>> => {
    const wanted = jobs.flatMap(({ fingerprint, unique }, place) =>
      fingerprint && unique ? [{ place, fingerprint, ...unique }] : [],
    )
    const rows = await run(tools, find, { values: [JSON.stringify(wanted), instant(tools)], on })

    return new Map(rows.map(([place, ...row]) => [Number(place), toJob(row)]))
  }
}

/** Keeps stored jobs as they are until the transaction ends. Locks them in the order of their ids. */
export function lockTwins(tools: Tools) {
  const lock = statement(
    'lock_twins',
    `SELECT id::text FROM ${tools.names.jobs} WHERE id = ANY ($1::text::bigint[]) ORDER BY id FOR UPDATE`,
  )

  return async (ids: readonly number[], on: Queryable): Promise<void> => {
    await run(tools, lock, { values: [numbers(ids)], on })
  }
}

/** Whether a job that is to be written in the same statement stands in the way of another with its fingerprint. */
export function isTwin(other: NewJob, { unique }: NewJob, present: Date): boolean {
  if (!unique?.states.includes(initialState(other))) return false

  return isRecent(other, unique, present)
}

/** A job of the same list is as new as can be, but it may be scheduled in the past. */
function isRecent({ delay, scheduledAt }: NewJob, { period, timestamp }: Unique, present: Date): boolean {
  if (period === undefined || timestamp === 'insertedAt') return true
  const fromNow = delay ?? (scheduledAt ? scheduledAt.getTime() - present.getTime() : 0)

  return fromNow >= -period
}

function text({ names }: Tools): string {
  return `
    SELECT wanted.place::text AS place, ${jobColumns('job')}
    FROM jsonb_to_recordset($1::text::jsonb) AS wanted (
      place int, fingerprint text, states text[], period float8, timestamp text
    )
    CROSS JOIN LATERAL (
      SELECT * FROM ${names.jobs} AS twin
      WHERE twin.meta ->> 'fingerprint' = wanted.fingerprint
        AND twin.state::text = ANY (wanted.states)
        AND (wanted.period IS NULL OR ${now(2)} - wanted.period * interval '1 millisecond' <=
          CASE wanted.timestamp WHEN 'scheduledAt' THEN twin.scheduled_at ELSE twin.inserted_at END)
      ORDER BY twin.id
      LIMIT 1
    ) AS job`
}

/** Half of the fingerprint, as the signed integer that advisory locks take. A layer's own may be no number. */
function lockKey(fingerprint: string): string {
  const hex = /^[0-9a-f]{16}/.test(fingerprint) ? fingerprint : createHash('sha256').update(fingerprint).digest('hex')

  return String(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)))
}
