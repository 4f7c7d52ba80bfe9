import type { Job } from '../job/job.ts'
import type { Worker } from '../layers/worker.ts'
import { toPositiveMilliseconds } from '../support/duration.ts'
import { StaffaError } from '../support/errors.ts'
import { longestTimer } from './service.ts'

/** Aborts an attempt when its time is up, or at once when its worker cannot tell when that is. */
export function startTimer(job: Job, worker: Worker | undefined, abort: (reason: unknown) => void) {
  try {
    const milliseconds = timeoutOf(job, worker)
    if (milliseconds === undefined || milliseconds > longestTimer) return undefined // no process lives so long
    const message = `${job.worker} timed out after ${milliseconds}ms`

    return setTimeout(() => abort(new StaffaError('TIMEOUT', message)), milliseconds)
  } catch (error) {
    abort(error)

    return undefined
  }
}

/** The job's own limit wins over the worker's. */
function timeoutOf(job: Job, worker: Worker | undefined): number | undefined {
  if (typeof job.meta.timeout === 'number' && job.meta.timeout > 0) return job.meta.timeout
  const timeout = worker?.options.timeout
  const own = typeof timeout === 'function' ? timeout(job) : timeout

  return own === undefined ? undefined : toPositiveMilliseconds(own, 'timeout')
}
