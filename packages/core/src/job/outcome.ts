import type { Duration } from '../support/duration.ts'
import type { JsonObject } from './json.ts'

/** Shared between copies of this module, so that two versions can meet in one process. */
const brand: unique symbol = Symbol.for('staffa.outcome') as never

declare const adds: unique symbol

interface Base<Kind extends string> {
  readonly [brand]: true
  readonly kind: Kind
  /** Merged into the job's own meta when the attempt is acknowledged. */
  readonly meta?: JsonObject | undefined
  /** Set by a layer that keeps the job secret: what the attempt yielded is then left out of telemetry. */
  readonly confidential?: boolean | undefined
}

/** The job is done, with this value as its result. */
export interface Completed extends Base<'completed'> {
  readonly value: unknown
}

/** The job runs again after this time, and the attempt does not count. */
export interface Snoozed extends Base<'snoozed'> {
  readonly duration: Duration
}

/** The job is stopped for good, by choice. */
export interface Cancelled extends Base<'cancelled'> {
  readonly reason: unknown
}

/** The job is given up at once, whatever attempts are left. */
export interface Discarded extends Base<'discarded'> {
  readonly reason: unknown
}

/** The attempt failed, as if it had thrown. */
export interface Failed extends Base<'failed'> {
  readonly reason: unknown
}

/** How an attempt ended, short of throwing. `Adds` is what a layer gave those inside it. */
export type Outcome<Adds = unknown> = (Completed | Snoozed | Cancelled | Discarded | Failed) & {
  readonly [adds]?: Adds | undefined
}

/** Finishes the job with a value. A worker that returns anything but an outcome is completed with it. */
export function complete(value?: unknown): Completed & Outcome<never> {
  return Object.freeze({ [brand]: true as const, kind: 'completed' as const, value })
}

/** Asks to run again later, without spending an attempt. */
export function snooze(duration: Duration): Snoozed & Outcome<never> {
  return Object.freeze({ [brand]: true as const, kind: 'snoozed' as const, duration })
}

/** Stops the job for good, without counting as a failure. */
export function cancel(reason?: unknown): Cancelled & Outcome<never> {
  return Object.freeze({ [brand]: true as const, kind: 'cancelled' as const, reason })
}

/** Gives the job up, whatever attempts are left. */
export function discard(reason?: unknown): Discarded & Outcome<never> {
  return Object.freeze({ [brand]: true as const, kind: 'discarded' as const, reason })
}

/** Fails the attempt without throwing: it is retried while attempts are left. */
export function fail(reason?: unknown): Failed & Outcome<never> {
  return Object.freeze({ [brand]: true as const, kind: 'failed' as const, reason })
}

/** Tells an outcome from a plain result, even from another copy of this module. */
export function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && brand in value
}
