import type { Job } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import type { Client } from '../layers/client.ts'
import type { JobContext } from '../layers/plugin.ts'
import type { Registered, Registry } from '../layers/registry.ts'
import { type Ack, acknowledge, type Raised } from '../lifecycle/acknowledge.ts'
import { storable } from '../lifecycle/storable.ts'
import type { Clock } from '../support/clock.ts'
import { StaffaError } from '../support/errors.ts'
import type { Logger } from '../support/logger.ts'
import { type EndListeners, endListeners } from './end-listeners.ts'
import { startTimer } from './timeout.ts'

/** What an executor works with. */
export interface ExecutorTools {
  readonly registry: Registry
  readonly client: Client
  readonly logger: Logger
  readonly clock: Clock
  /** Writes an Ack through a transaction of the job's own layers; throws when it is refused. */
  readonly acknowledgeThrough: (transaction: unknown, ending: { readonly ack: Ack; readonly job: Job }) => Promise<void>
}

/** One attempt, from its start. */
export interface Attempt {
  readonly job: Job
  /** Ends the attempt early. Only the first reason counts. */
  abort(reason: StaffaError): void
  /** Resolves when it is known how the attempt ended. Never rejects. */
  readonly ended: Promise<Executed>
  /** Whether the function itself has come to its end, which may be later. */
  readonly hasLeft: () => boolean
  /** Resolves when it has. Never rejects. */
  readonly left: Promise<void>
}

/** How an attempt ended, and what is to be written about it. */
export interface Executed {
  readonly job: Job
  readonly ended: Outcome | Raised
  readonly ack: Ack
  /** True when a layer has written the Ack in a transaction of its own. */
  readonly acknowledged: boolean
  /** Milliseconds. */
  readonly duration: number
}

/** Runs one attempt: resolve the worker, check the deadline, start the timeout, run the stack, acknowledge. */
export function execute(job: Job, tools: ExecutorTools): Attempt {
  const controller = new AbortController()
  const started = performance.now()
  const own: OwnAck = { written: false }
  const { onEnd, tell } = endListeners(job, tools.client)
  let registered: Registered | undefined
  let over = false

  const running = (async () => {
    registered = tools.registry.find(job.worker)
    checkRow(job)
    checkDeadline(job, tools.clock)

    return registered.run(contextOf(job, { tools, own, registered, signal: controller.signal, onEnd }))
  })()
  const leave = () => {
    over = true
  }
  const watched = watch(job, { running, controller, worker: registered?.worker })

  return {
    job,
    abort: (reason) => controller.abort(reason),
    hasLeft: () => over,
    left: running.then(leave, leave),
    ended: watched.then(async (ended) => {
      const duration = performance.now() - started
      const ack = acknowledge(job, ended, registered?.worker.options.backoff)
      await tell({ state: ack.state, ended })

      return { job, ended, ack, acknowledged: own.written && ended.kind !== 'raised', duration }
    }),
  }
}

/** The end of a job that was stopped before it began. */
export function endedBy(job: Job, error: StaffaError): Executed {
  const ended = { kind: 'raised', error } as const

  return { job, ended, ack: acknowledge(job, ended), acknowledged: false, duration: 0 }
}

interface OwnAck {
  written: boolean
}

interface Around {
  readonly tools: ExecutorTools
  readonly own: OwnAck
  readonly registered: Registered
  readonly signal: AbortSignal
  readonly onEnd: EndListeners['onEnd']
}

function contextOf(job: Job, { tools, own, registered, signal, onEnd }: Around): JobContext {
  const { client, logger, acknowledgeThrough } = tools

  return Object.freeze({
    job,
    args: job.args,
    signal,
    staffa: client,
    seal: async (text: string) => text,
    logger: named(logger, job),
    onEnd,
    acknowledge: async (transaction: unknown, outcome: Outcome) => {
      if (own.written) throw new StaffaError('LOST', 'expected acknowledge() to be called once, got a second call')
      const ack = acknowledge(job, outcome, registered.worker.options.backoff)
      await acknowledgeThrough(transaction, { ack, job })
      own.written = true
    },
  })
}

interface Watched {
  readonly running: Promise<Outcome>
  readonly controller: AbortController
  readonly worker: Registered['worker'] | undefined
}

/** Resolves with the end of the attempt: that of the function, or the reason for which it was stopped. */
async function watch(job: Job, { running, controller, worker }: Watched): Promise<Outcome | Raised> {
  const { signal } = controller
  const stopped = Promise.withResolvers<never>()
  const stop = () => {
    if (endsAtOnce(signal.reason)) stopped.reject(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  const timer = startTimer(job, worker, controller)

  try {
    return await Promise.race([running, stopped.promise])
  } catch (error) {
    return { kind: 'raised', error: signal.aborted ? signal.reason : error }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** A shutdown asks; everything else decides, whether the function heeds its signal or not. */
function endsAtOnce(reason: unknown): boolean {
  return !(reason instanceof StaffaError && reason.code === 'SHUTDOWN')
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

function named(logger: Logger, { id, worker, queue, attempt }: Job): Logger {
  const at = (level: keyof Logger) => (fields: object, message?: string) =>
    logger[level](
      { job: { id, worker, queue, attempt }, ...(fields instanceof Error ? { error: fields } : fields) },
      message,
    )

  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
