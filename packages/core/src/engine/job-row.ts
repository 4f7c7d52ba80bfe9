import type { Job, JobError } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import type { JobState } from '../job/state.ts'
import type { Row } from './database.ts'

/** The columns of a job, in the order that `toJob` reads them. What drivers differ in comes as text. */
export function jobColumns(alias: string): string {
  const plain = ['queue', 'worker', 'attempt', 'max_attempts', 'priority']
  const json = ['tags', 'errors', 'attempted_by']
  const times = ['inserted_at', 'scheduled_at', 'attempted_at', 'completed_at', 'cancelled_at', 'discarded_at']

  return [
    `${alias}.id::text AS id`,
    `${alias}.state::text AS state`,
    ...plain.map((name) => `${alias}.${name} AS ${name}`),
    `${alias}.args::text AS args`,
    `${alias}.meta::text AS meta`,
    ...json.map((name) => `to_jsonb(${alias}.${name})::text AS ${name}`),
    ...times.map((name) => `date_part('epoch', ${alias}.${name}) * 1000 AS ${name}`),
  ].join(', ')
}

const nothing: JsonObject = Object.freeze({})
const noWords: readonly string[] = Object.freeze([])
const noErrors: readonly JobError[] = Object.freeze([])

/** Reads a row that was selected with `jobColumns`. */
export function toJob(row: Row): Job {
  const [id, state, queue, worker, attempt, maxAttempts, priority, args, meta, tags, errors, attemptedBy] = row
  const [insertedAt, scheduledAt, attemptedAt, completedAt, cancelledAt, discardedAt] = row.slice(12)

  return Object.freeze({
    id: Number(id),
    state: state as JobState,
    queue: queue as string,
    worker: worker as string,
    args: toObject(args),
    meta: toObject(meta),
    tags: toWords(tags),
    errors: toErrors(errors),
    attempt: Number(attempt),
    maxAttempts: Number(maxAttempts),
    priority: Number(priority),
    attemptedBy: toWords(attemptedBy),
    insertedAt: toDate(insertedAt) ?? new Date(Number.NaN),
    scheduledAt: toDate(scheduledAt) ?? new Date(Number.NaN),
    attemptedAt: toDate(attemptedAt),
    completedAt: toDate(completedAt),
    cancelledAt: toDate(cancelledAt),
    discardedAt: toDate(discardedAt),
  })
}

/** Strangers may have stored NULL where an object belongs. */
function toObject(text: unknown): JsonObject {
  if (text === '{}' || text === null || text === undefined) return nothing

  return (JSON.parse(text as string) as JsonObject | null) ?? nothing
}

function toWords(text: unknown): readonly string[] {
  if (text === '[]' || text === null || text === undefined) return noWords

  return Object.freeze((JSON.parse(text as string) as unknown[]).map(String))
}

/** Both shapes that exist, `jsonb[]` and `jsonb`, arrive as one JSON array. Strangers write entries of any shape. */
function toErrors(text: unknown): readonly JobError[] {
  if (text === '[]' || text === null || text === undefined) return noErrors
  const entries: unknown = JSON.parse(text as string)

  return Object.freeze((Array.isArray(entries) ? entries : [entries]).map(toError))
}

function toError(entry: unknown): JobError {
  const { at, attempt, error } = (typeof entry === 'object' && entry !== null ? entry : { error: entry }) as {
    readonly [key: string]: unknown
  }

  return Object.freeze({ at: new Date(String(at)), attempt: Number(attempt), error: String(error) })
}

/** Milliseconds since 1970, or an infinity, which becomes the last or first instant that a `Date` can hold. */
function toDate(milliseconds: unknown): Date | undefined {
  if (milliseconds === null || milliseconds === undefined) return undefined
  const time = Number(milliseconds)

  return new Date(Math.max(-8.64e15, Math.min(8.64e15, time)))
}
