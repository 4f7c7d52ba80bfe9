import type { Job } from '../job/job.ts'
import type { Clock } from '../support/clock.ts'
import { StaffaError } from '../support/errors.ts'
import { storable } from './storable.ts'

/** Throws when a job cannot run at all: its args are of a kind that no worker can take, or its deadline has passed. */
export function checkRunnable(job: Job, clock: Clock): void {
  checkRow(job)
  checkDeadline(job, clock)
}

/** Strangers may have stored what no worker can take. */
function checkRow(job: Job): void {
  if (Array.isArray(job.args) || typeof job.args !== 'object') storable(job.args, 'args')
}

function checkDeadline({ meta, worker }: Job, clock: Clock): void {
  if (typeof meta.deadline !== 'number' || clock.now().getTime() <= meta.deadline) return

  throw new StaffaError(
    'DEADLINE',
    `${worker} was not run before its deadline, ${new Date(meta.deadline).toISOString()}`,
  )
}
