import type { InsertedJob, NewJob } from '../job/job.ts'
import { apply } from '../lifecycle/apply.ts'
import { isRunnable, materialize } from '../lifecycle/materialize.ts'
import { type ExecutorTools, execute } from './executor.ts'

/** Runs a job at once, in the caller, and stores nothing. What the job throws is thrown. */
export async function runInline(job: NewJob, tools: Omit<ExecutorTools, 'acknowledgeThrough'>): Promise<InsertedJob> {
  const now = tools.clock.now()
  const stored = materialize(job, { node: tools.client.node, now })
  if (!isRunnable(job)) return Object.freeze({ ...stored, conflict: false })

  const { ended, ack } = await execute(stored, { ...tools, acknowledgeThrough: async () => {} }).ended
  if (ended.kind === 'raised') throw ended.error

  return Object.freeze({ ...apply(stored, ack, tools.clock.now()), conflict: false })
}
