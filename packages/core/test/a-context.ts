import type { JobContext } from '../src/layers/plugin.ts'
import { jsonLogger } from '../src/support/logger.ts'
import { aJob } from './a-job.ts'

/** The context of an attempt that no instance runs, but for what is said. */
export function aContext(changes: Partial<JobContext> = {}): JobContext {
  const unreachable = async () => {
    throw new Error('this context belongs to no instance')
  }
  const job = changes.job ?? aJob()

  return Object.freeze({
    job,
    args: job.args,
    signal: new AbortController().signal,
    staffa: {
      name: 'Oban',
      node: 'node-1',
      use: [],
      insert: unreachable,
      insertAll: unreachable,
      listen: () => () => {},
      jobs: { get: unreachable },
    } as unknown as JobContext['staffa'],
    seal: async (text: string) => text,
    logger: jsonLogger({ write: () => {} }),
    acknowledge: unreachable,
    onEnd: () => {},
    ...changes,
  })
}
