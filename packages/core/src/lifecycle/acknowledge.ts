import type { Job } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import type { Outcome } from '../job/outcome.ts'
import type { JobState } from '../job/state.ts'
import { type Duration, toNonNegativeMilliseconds } from '../support/duration.ts'
import { isStaffaError, StaffaError, show } from '../support/errors.ts'
import { backoff } from './backoff.ts'
import { errorText, reasonText } from './error-text.ts'
import { storable } from './storable.ts'

/** An attempt that ended by throwing. */
export interface Raised {
  readonly kind: 'raised'
  readonly error: unknown
}

/** What an attempt changes about its job: computed here, written by the engine. */
export interface Ack {
  readonly id: number
  /** The attempt that it belongs to; it is refused when the job is in another. */
  readonly attempt: number
  readonly state: Exclude<JobState, 'executing' | 'suspended'>
  /** Milliseconds until the job may run again, from the moment of writing. */
  readonly delay?: number | undefined
  /** True when the attempt does not count. */
  readonly refund?: boolean | undefined
  /** Appended to the job's errors. */
  readonly error?: string | undefined
  /** Merged into the job's meta. */
  readonly meta?: JsonObject | undefined
}

/** How long a worker wants to wait after an error. */
export type Backoff = (job: Job, error: unknown) => Duration

/** Decides what becomes of a job after an attempt. Pure but for the jitter of the default backoff. */
export function acknowledge(job: Job, ended: Outcome | Raised, wait?: Backoff): Ack {
  try {
    return withMeta(decide(job, ended, wait), ended)
  } catch (error) {
    return failed(job, error, wait)
  }
}

function decide(job: Job, ended: Outcome | Raised, wait: Backoff | undefined): Ack {
  const { id, attempt } = job
  switch (ended.kind) {
    case 'completed':
      return { id, attempt, state: 'completed' }
    case 'snoozed':
      return snoozed(job, ended.duration)
    case 'cancelled':
      return { id, attempt, state: 'cancelled', error: reasonText('Cancelled', job.worker, ended.reason) }
    case 'discarded':
      return { id, attempt, state: 'discarded', error: reasonText('Discarded', job.worker, ended.reason) }
    case 'failed':
      return retried(job, { error: ended.reason, text: reasonText('Failed', job.worker, ended.reason), wait })
    case 'raised':
      return raised(job, ended.error, wait)
    default: // from another copy of this package, or from a layer that no compiler has seen
      throw new StaffaError(
        'INVALID_RESULT',
        `expected an outcome that Staffa knows, got ${show((ended as Raised).kind)}`,
      )
  }
}

function snoozed({ id, attempt, meta }: Job, duration: Duration): Ack {
  const times = typeof meta.snoozed === 'number' ? meta.snoozed : 0
  const delay = toNonNegativeMilliseconds(duration, 'snooze')

  return { id, attempt, state: 'scheduled', delay, refund: true, meta: { snoozed: times + 1 } }
}

/** An attempt that was stopped from outside throws the reason of its signal: being cancelled is not a failure. */
function raised(job: Job, error: unknown, wait: Backoff | undefined): Ack {
  if (isStaffaError(error, 'CANCELLED') || isStaffaError(error, 'DEADLINE')) {
    return { id: job.id, attempt: job.attempt, state: 'cancelled', error: errorText(error) }
  }
  if (isStaffaError(error, 'SHUTDOWN')) {
    return { id: job.id, attempt: job.attempt, state: 'available', refund: true }
  }

  return failed(job, error, wait)
}

function failed(job: Job, error: unknown, wait: Backoff | undefined): Ack {
  return retried(job, { error, text: errorText(error), wait })
}

interface Failure {
  readonly error: unknown
  readonly text: string
  readonly wait: Backoff | undefined
}

function retried(job: Job, { error, text, wait }: Failure): Ack {
  const { id, attempt } = job
  if (attempt >= job.maxAttempts) return { id, attempt, state: 'discarded', error: text }

  return { id, attempt, state: 'retryable', delay: delayOf(job, error, wait), error: text }
}

/** A backoff of the worker's own that throws or makes no sense must not keep the job from being retried. */
function delayOf(job: Job, error: unknown, wait: Backoff | undefined): number {
  const usual = () => backoff(job) * 1000
  if (!wait) return usual()

  try {
    const duration: unknown = wait(job, error)
    if (duration instanceof Promise) duration.catch(() => {}) // no duration, and nobody else looks at it

    return toNonNegativeMilliseconds(duration as Duration, 'backoff')
  } catch {
    return usual()
  }
}

function withMeta(ack: Ack, ended: Outcome | Raised): Ack {
  if (ended.kind === 'raised' || !ended.meta) return ack

  return { ...ack, meta: { ...storable(ended.meta, 'meta'), ...ack.meta } }
}
