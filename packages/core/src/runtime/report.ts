import type { Completed } from '../job/outcome.ts'
import type { Raised } from '../lifecycle/acknowledge.ts'
import { isStaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Executed } from './executor.ts'

/** Tells of the end of an attempt, once it is known whether the job still belonged to it when its end was written. */
export function report(telemetry: Telemetry, { job, ended, ack, duration }: Executed, written: boolean): void {
  const { state } = ack
  const queueTime = Math.max(0, (job.attemptedAt?.getTime() ?? 0) - job.scheduledAt.getTime())
  const measured = { job, state, duration, queueTime }

  if (!written && !isCancelled(ended)) telemetry.emit('job.late', { job, state })
  else if (ended.kind === 'completed') telemetry.emit('job.stop', { ...measured, ...resultOf(ended) })
  else if (ended.kind === 'failed') telemetry.emit('job.exception', { ...measured, error: ended.reason })
  else if (isFailure(ended, state)) telemetry.emit('job.exception', { ...measured, error: ended.error })
  else telemetry.emit('job.stop', measured)
}

/** What was cancelled from outside, or given back at a shutdown, has not failed. */
function isFailure(ended: Executed['ended'], state: Executed['ack']['state']): ended is Raised {
  return ended.kind === 'raised' && (state === 'retryable' || state === 'discarded')
}

/** A layer may keep the result of its jobs to itself. */
function resultOf({ value, confidential }: Completed): { readonly result?: unknown } {
  return confidential ? {} : { result: value }
}

/** A job that was cancelled from outside has its end already: that nothing is written is as it should be. */
function isCancelled(ended: Executed['ended']): boolean {
  return ended.kind === 'raised' && isStaffaError(ended.error, 'CANCELLED')
}
