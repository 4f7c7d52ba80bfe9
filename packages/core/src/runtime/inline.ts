import type { InsertedJob, NewJob } from '../job/job.ts'
import { apply } from '../lifecycle/apply.ts'
import { isRunnable, materialize } from '../lifecycle/materialize.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { execute } from './executor.ts'
import type { ExecutorTools } from './executor-tools.ts'
import { report } from './report.ts'

export interface InlineTools extends Omit<ExecutorTools, 'acknowledgeThrough'> {
  readonly telemetry: Telemetry
}

/** Runs a job at once, in the caller, and stores nothing. What the job throws is thrown. */
export async function runInline(job: NewJob, tools: InlineTools): Promise<InsertedJob> {
  const now = tools.clock.now()
  const stored = materialize(job, { node: tools.client.node, now })
  if (!isRunnable(job)) return Object.freeze({ ...stored, conflict: false })

  tools.telemetry.emit('job.start', { job: stored })
  const executed = await execute(stored, { ...tools, acknowledgeThrough: async () => {} }).ended
  const { ended, ack } = executed
  report(tools.telemetry, { ...executed, written: true })
  if (ended.kind === 'raised') throw ended.error

  return Object.freeze({ ...apply(stored, ack, tools.clock.now()), conflict: false })
}
