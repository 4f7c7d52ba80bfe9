import type { JsonObject } from './json.ts'
import type { Replace } from './replace.ts'
import type { JobState } from './state.ts'
import type { Unique } from './unique.ts'

/** Args as they sit in the database: encoded by the outer layers, trusted by nobody. */
export interface Encoded {
  readonly 'args are already parsed here: move this layer up': true
}

/** Where a described job keeps the worker that described it, so that inserting needs no registration. */
export const definition: unique symbol = Symbol.for('staffa.definition') as never

/** A job that has been described and not yet inserted: a frozen value. */
export interface NewJob<Result = unknown> {
  /** The name under which nodes find the worker. */
  readonly worker: string
  readonly queue: string
  readonly args: JsonObject
  readonly meta: JsonObject
  readonly tags: readonly string[]
  /** From 0, which runs first, to 9. */
  readonly priority: number
  /** How many attempts the job gets before it is discarded. */
  readonly maxAttempts: number
  /** The state to insert it in, when it is neither `available` nor derived from a schedule. */
  readonly state?: JobState | undefined
  /** The instant before which it does not run. */
  readonly scheduledAt?: Date | undefined
  /** Milliseconds from the moment of insertion, by the database's clock, before which it does not run. */
  readonly delay?: number | undefined
  /** Milliseconds after its scheduled time at which it is too late to run. */
  readonly deadline?: number | undefined
  readonly unique?: Unique | undefined
  readonly replace?: Replace | undefined
  /** What makes the job unique, when a layer knows better than the args that are stored (they may be encrypted). */
  readonly fingerprint?: string | undefined
  readonly [definition]?: object | undefined
  readonly '~result'?: Result | undefined
}

/** One failed attempt, as it is kept in the job. */
export interface JobError {
  readonly at: Date
  readonly attempt: number
  /** The headline, then a line for each stack frame. */
  readonly error: string
}

/** A job as it is stored: a frozen value, read at one moment. */
export interface Job<Result = unknown> {
  readonly id: number
  readonly state: JobState
  readonly queue: string
  readonly worker: string
  /** As stored: what the outer layers made of the args. */
  readonly args: JsonObject
  readonly meta: JsonObject
  readonly tags: readonly string[]
  readonly errors: readonly JobError[]
  /** How many attempts have begun. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly priority: number
  /** The node and the producer of the newest attempt. */
  readonly attemptedBy: readonly string[]
  readonly insertedAt: Date
  readonly scheduledAt: Date
  readonly attemptedAt: Date | undefined
  readonly completedAt: Date | undefined
  readonly cancelledAt: Date | undefined
  readonly discardedAt: Date | undefined
  readonly '~result'?: Result | undefined
}

/** What `insert` gives back: the job, and whether it was there before. */
export interface InsertedJob<Result = unknown> extends Job<Result> {
  /** True when a unique job stood in the way: this is that job. */
  readonly conflict: boolean
}
