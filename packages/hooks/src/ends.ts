import type { Client, Job, SettledJob } from '@staffa/core/plugin'
import type { CancelReason, DiscardReason, Hook } from './hook.ts'
import { isolate } from './isolate.ts'

/** Tells hooks of a job that has ended out of their sight. Never rejects. */
export async function tellEnd(settled: SettledJob, hooks: readonly Hook<never>[], staffa: Client): Promise<void> {
  const { job, state } = settled
  const about = { job, staffa }
  for (const hook of hooks) {
    if (state === 'discarded') {
      await isolate({ hook, name: 'onDiscarded', about }, () => hook.onDiscarded?.(discardReason(settled), job))
    } else {
      await isolate({ hook, name: 'onCancelled', about }, () => hook.onCancelled?.(cancelReason(settled), job))
    }
  }
}

function cancelReason({ by, job }: SettledJob): CancelReason {
  if (by === 'cancel') return 'manual'
  if (by === 'delete') return 'deleted'

  return passedDeadline(job) ? 'deadline' : 'returned'
}

function discardReason({ by, job }: SettledJob): DiscardReason {
  if (by === 'rescue') return 'orphaned'

  return job.attempt >= job.maxAttempts ? 'exhausted' : 'returned'
}

/** What the row tells: an attempt that comes too late reaches no layer. */
function passedDeadline({ errors }: Job): boolean {
  return errors.at(-1)?.error.startsWith('** (StaffaError DEADLINE)') ?? false
}
