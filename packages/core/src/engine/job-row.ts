import type { Job, JobError } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import type { JobState } from '../job/state.ts'
import { sharing } from '../support/sharing.ts'
import type { Row } from './database.ts'

/** What whoever asks for rows knows of each of them beforehand. */
export type Known = Pick<Job, 'state' | 'queue' | 'attemptedBy' | 'attemptedAt'>

/** The columns of a job, in the order that `toJob` reads them. What drivers differ in comes as text; what is empty, not at all. */
export function jobColumns(alias: string): string {
  return columns(alias, {
    state: `${alias}.state::text`,
    queue: `${alias}.queue`,
    attempted_by: list(`${alias}.attempted_by`),
    scheduled_at: `${alias}.scheduled_at`,
    attempted_at: epoch(`${alias}.attempted_at`),
  })
}

/**
 * The same for jobs that were claimed this moment, `now`: without what their producer knows, and what is there twice; and
 * with the transaction that claimed them, for those that have something to settle.
 */
export function claimedColumns(alias: string, now: string): string {
  return columns(alias, {
    state: `nullif(${alias}.state, 'executing')::text`,
    queue: 'NULL',
    attempted_by: `CASE WHEN ${alias}.meta ? 'settles' THEN ${alias}.xmin::text END`,
    scheduled_at: `nullif(${alias}.scheduled_at, ${alias}.inserted_at)`,
    attempted_at: now,
  })
}

/** The transaction that claimed a job with something to settle, of a row that was selected with `claimedColumns`. */
export function claimingTransaction(row: Row): string | undefined {
  return typeof row[11] === 'string' ? row[11] : undefined
}

/** How long the texts of a job's args and meta are. */
export function sizeOf(row: Row): number {
  return lengthOf(row[7]) + lengthOf(row[8])
}

function lengthOf(text: unknown): number {
  return typeof text === 'string' ? text.length : 0
}

type Given = Readonly<Record<'state' | 'queue' | 'attempted_by' | 'scheduled_at' | 'attempted_at', string>>

function columns(alias: string, { state, queue, attempted_by, scheduled_at, attempted_at }: Given): string {
  return [
    `${alias}.id AS id`,
    `${state} AS state`,
    `${queue} AS queue`,
    ...['worker', 'attempt', 'max_attempts', 'priority'].map((name) => `${alias}.${name} AS ${name}`),
    `${alias}.args::text AS args`,
    `CASE WHEN ${alias}.meta <> '{}' THEN ${alias}.meta::text END AS meta`,
    `${list(`${alias}.tags`)} AS tags`,
    `${errors(`${alias}.errors`)} AS errors`,
    `${attempted_by} AS attempted_by`,
    `${epoch(`${alias}.inserted_at`)} AS inserted_at`,
    `${epoch(scheduled_at)} AS scheduled_at`,
    `${attempted_at} AS attempted_at`,
    ...['completed_at', 'cancelled_at', 'discarded_at'].map((name) => `${epoch(`${alias}.${name}`)} AS ${name}`),
  ].join(', ')
}

/** Milliseconds since 1970, in SQL. */
export function epoch(time: string): string {
  return `date_part('epoch', ${time}) * 1000`
}

function list(column: string): string {
  return `CASE WHEN cardinality(${column}) > 0 THEN to_jsonb(${column})::text END`
}

/** Both types that exist, `jsonb[]` and `jsonb`, arrive as one JSON array. What is empty as the one is unusual as the other. */
function errors(column: string): string {
  return `CASE WHEN ${column} <> '{}' THEN to_jsonb(${column})::text END`
}

const nothing: JsonObject = Object.freeze({})
const noWords: readonly string[] = Object.freeze([])
const noErrors: readonly JobError[] = Object.freeze([])

/** Reads a row that was selected with `jobColumns`. */
export function toJob(row: Row): Job {
  return read(row)
}

/** Reads rows that were selected with `claimedColumns`, all at one moment. */
export function toClaimed(rows: readonly Row[], known: Omit<Known, 'attemptedAt'>): readonly Job[] {
  const all: Known = { ...known, attemptedAt: toDate(rows[0]?.[14]) }

  return rows.map((row) => read(row, all))
}

function read(row: Row, known?: Known): Job {
  const insertedAt = toDate(row[12]) ?? new Date(Number.NaN)

  return Object.freeze({
    id: Number(row[0]),
    state: (row[1] ?? known?.state) as JobState,
    queue: (row[2] ?? known?.queue) as string,
    worker: row[3] as string,
    args: toObject(row[7]),
    meta: toMeta(row[8]),
    tags: toWords(row[9]),
    errors: toErrors(row[10]),
    attempt: Number(row[4]),
    maxAttempts: Number(row[5]),
    priority: Number(row[6]),
    attemptedBy: known?.attemptedBy ?? toWords(row[11]),
    insertedAt,
    scheduledAt: toDate(row[13]) ?? insertedAt,
    attemptedAt: known ? known.attemptedAt : toDate(row[14]),
    completedAt: toDate(row[15]),
    cancelledAt: toDate(row[16]),
    discardedAt: toDate(row[17]),
  })
}

/** Strangers may have stored NULL where an object belongs. */
function toObject(text: unknown): JsonObject {
  if (text === null || text === undefined) return nothing

  return (JSON.parse(text as string) as JsonObject | null) ?? nothing
}

const toMeta = sharing(toFlat, isFlat)

/** Jobs of one kind have the same meta: it is read once, where it holds nothing that would have to be frozen, too. */
function toFlat(text: unknown): JsonObject {
  return isFlat(text) ? Object.freeze(toObject(text)) : toObject(text)
}

function isFlat(text: unknown): boolean {
  return typeof text === 'string' && !text.includes('{', 1) && !text.includes('[')
}

function toWords(text: unknown): readonly string[] {
  if (text === null || text === undefined) return noWords

  return Object.freeze((JSON.parse(text as string) as unknown[]).map(String))
}

/** Strangers write entries of any shape. */
function toErrors(text: unknown): readonly JobError[] {
  if (text === null || text === undefined) return noErrors
  const entries: unknown = JSON.parse(text as string)

  return Object.freeze((Array.isArray(entries) ? entries : [entries]).map(toError))
}

function toError(entry: unknown): JobError {
  const { at, attempt, error } = (typeof entry === 'object' && entry !== null ? entry : { error: entry }) as {
    readonly [key: string]: unknown
  }

  return Object.freeze({ at: new Date(textOf(at)), attempt: Number(textOf(attempt)), error: textOf(error) })
}

/** As text, objects too: one with a `toString` of its own could not be turned into text otherwise. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return Object.prototype.toString.call(value) // it is nested too deeply to be written out
  }
}

/** Milliseconds since 1970, or an infinity, which becomes the last or first instant that a `Date` can hold. */
function toDate(milliseconds: unknown): Date | undefined {
  if (milliseconds === null || milliseconds === undefined) return undefined
  const time = Number(milliseconds)

  return new Date(Math.max(-8.64e15, Math.min(8.64e15, time)))
}
