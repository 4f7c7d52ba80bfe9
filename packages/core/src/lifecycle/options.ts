import type { JsonObject } from '../job/json.ts'
import type { Duration } from '../support/duration.ts'
import type { ReplaceOption } from './replace.ts'
import type { UniqueOption } from './unique.ts'

/** What may be said of a single job; a worker's own options are the defaults. */
export interface JobOptions {
  /** The queue to run in, up to 127 characters. Defaults to the worker's, or `default`. */
  readonly queue?: string | undefined
  /** From 0, which runs first, to 9. Defaults to the worker's, or 0. */
  readonly priority?: number | undefined
  /** How many attempts before the job is discarded. Defaults to the worker's, or 20. */
  readonly maxAttempts?: number | undefined
  /** Words to find the job by: trimmed, in lower case, without repetition. Added to the worker's. */
  readonly tags?: readonly string[] | undefined
  /** Facts about the job that are not its args. Merged over the worker's. */
  readonly meta?: JsonObject | undefined
  /** What makes the job equal to another, so that only one is inserted. Defaults to the worker's, or `false`. */
  readonly unique?: UniqueOption | undefined
  /** What to change in the equal job that is there already. Defaults to the worker's, or nothing. */
  readonly replace?: ReplaceOption | undefined
  /** How long one attempt may take before it fails. Defaults to the worker's, or no limit. */
  readonly timeout?: Duration | undefined
  /** How long after its scheduled time the job is still worth running; later it is cancelled. Defaults to for ever. */
  readonly deadline?: Duration | undefined
  /** How long to wait before the job may run. Wins over `scheduledAt`. */
  readonly scheduleIn?: Duration | undefined
  /** The instant from which the job may run. Defaults to now. */
  readonly scheduledAt?: Date | undefined
}

/** The names of all job options, for messages and checks. */
export const jobOptionNames: readonly (keyof JobOptions)[] = Object.freeze([
  'queue',
  'priority',
  'maxAttempts',
  'tags',
  'meta',
  'unique',
  'replace',
  'timeout',
  'deadline',
  'scheduleIn',
  'scheduledAt',
] as const)
