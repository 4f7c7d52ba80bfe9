import type { Job } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import type { EndListener } from '../layers/plugin.ts'
import type { Worker } from '../layers/worker.ts'
import { type Ack, acknowledge, type Raised } from '../lifecycle/acknowledge.ts'
import { checkRunnable } from '../lifecycle/runnable.ts'
import { StaffaError } from '../support/errors.ts'
import { type Around, contextOf } from './context.ts'
import { EndListeners } from './end-listeners.ts'
import type { ExecutorTools } from './executor-tools.ts'
import { startTimer } from './timeout.ts'

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
  return new Attempt(job, tools)
}

/** The end of a job that was stopped before it began. */
export function endedBy(job: Job, error: StaffaError): Executed {
  const ended = { kind: 'raised', error } as const

  return { job, ended, ack: acknowledge(job, ended), acknowledged: false, duration: 0 }
}

/** One attempt, from its start: it ends when its function does, or for the reason for which it was stopped. */
export class Attempt implements Around {
  readonly job: Job
  readonly tools: ExecutorTools
  /** Resolves when the function itself has come to its end, which may be later than the attempt. Never rejects. */
  readonly left: Promise<void>
  readonly #started = performance.now()
  readonly #worker: Worker | undefined
  readonly #controller = new AbortController()
  readonly #listeners: EndListeners
  readonly #timer: NodeJS.Timeout | undefined
  #isWritten = false
  #isOver = false
  #hasLeft = false
  #executed: Executed | undefined
  #tell: ((executed: Executed) => void) | undefined

  constructor(job: Job, tools: ExecutorTools) {
    this.job = job
    this.tools = tools
    this.#worker = tools.registry.has(job.worker) ? tools.registry.find(job.worker).worker : undefined
    this.#listeners = new EndListeners(job, tools.client)
    this.left = this.#run().then(
      (outcome) => this.#leave(outcome),
      (error) => this.#leave({ kind: 'raised', error: this.signal.aborted ? this.signal.reason : error }),
    )
    this.#timer = startTimer(job, this.#worker, (reason) => this.abort(reason))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the function itself has come to its end. */
  hasLeft(): boolean {
    return this.#hasLeft
  }

  /** Ends the attempt early. Only the first reason counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
    if (endsAtOnce(this.signal.reason)) this.#end({ kind: 'raised', error: this.signal.reason })
  }

  /** Calls back once, when it is known how the attempt ended: at once where it is. For one listener. */
  whenEnded(tell: (executed: Executed) => void): void {
    if (this.#executed) tell(this.#executed)
    else this.#tell = tell
  }

  /** The same as a promise. Never rejects. */
  get ended(): Promise<Executed> {
    return new Promise((resolve) => this.whenEnded(resolve))
  }

  listen(listener: EndListener): void {
    this.#listeners.add(listener)
  }

  async acknowledge(transaction: unknown, outcome: Outcome): Promise<void> {
    const { job, tools } = this
    if (this.#isWritten) throw new StaffaError('LOST', 'expected acknowledge() to be called once, got a second call')
    const ack = acknowledge(job, outcome, this.#worker?.options.backoff)
    await tools.acknowledgeThrough(transaction, { ack, job })
    this.#isWritten = true
  }

  #run(): Promise<Outcome> {
    const { job, tools } = this
    try {
      const registered = tools.registry.find(job.worker)
      checkRunnable(job, tools.clock)

      return registered.run(contextOf(this))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #leave(ended: Outcome | Raised): void {
    this.#hasLeft = true
    this.#end(ended)
  }

  #end(ended: Outcome | Raised): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    const ack = acknowledge(this.job, ended, this.#worker?.options.backoff)
    const acknowledged = this.#isWritten && ended.kind !== 'raised'
    const duration = performance.now() - this.#started
    const executed: Executed = { job: this.job, ended, ack, acknowledged, duration }

    const told = this.#listeners.tell({ state: ack.state, ended })
    if (told) void told.then(() => this.#finish(executed))
    else this.#finish(executed)
  }

  #finish(executed: Executed): void {
    this.#executed = executed
    this.#tell?.(executed)
  }
}

/** A shutdown asks; everything else decides, whether the function heeds its signal or not. */
function endsAtOnce(reason: unknown): boolean {
  return !(reason instanceof StaffaError && reason.code === 'SHUTDOWN')
}
