import type { Job } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import type { EndListener, JobContext } from '../layers/plugin.ts'
import type { Worker } from '../layers/worker.ts'
import { acknowledge } from '../lifecycle/acknowledge.ts'
import { StaffaError } from '../support/errors.ts'
import type { EndListeners } from './end-listeners.ts'
import type { ExecutorTools } from './executor-tools.ts'
import { JobLogger } from './job-logger.ts'

/** Whether a layer has written the end of its attempt in a transaction of its own. */
export interface OwnAck {
  written: boolean
}

/** What a context is made of, beside the job. */
export interface Around {
  readonly tools: ExecutorTools
  readonly own: OwnAck
  /** Undefined when nobody here knows it. */
  readonly worker: Worker | undefined
  readonly signal: AbortSignal
  readonly listeners: EndListeners
}

const unsealed = async (text: string) => text

/** The context that the outermost layer is given. */
export function contextOf(job: Job, { tools, own, worker, signal, listeners }: Around): JobContext {
  const { client, logger, acknowledgeThrough } = tools

  return Object.freeze({
    job,
    args: job.args,
    signal,
    staffa: client,
    seal: unsealed,
    logger: new JobLogger(job, logger),
    onEnd: (listener: EndListener) => listeners.add(listener),
    acknowledge: async (transaction: unknown, outcome: Outcome) => {
      if (own.written) throw new StaffaError('LOST', 'expected acknowledge() to be called once, got a second call')
      const ack = acknowledge(job, outcome, worker?.options.backoff)
      await acknowledgeThrough(transaction, { ack, job })
      own.written = true
    },
  })
}
