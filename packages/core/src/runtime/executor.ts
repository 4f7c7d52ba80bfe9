import type { Job } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import { type Ack, acknowledge, type Raised } from '../lifecycle/acknowledge.ts'
import { checkRunnable } from '../lifecycle/runnable.ts'
import { StaffaError } from '../support/errors.ts'
import { type Around, contextOf, type OwnAck } from './context.ts'
import { EndListeners } from './end-listeners.ts'
import type { ExecutorTools } from './executor-tools.ts'
import { startTimer } from './timeout.ts'

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
  const started = performance.now()
  const listeners = new EndListeners(job, tools.client)
  const own: OwnAck = { written: false }
  const controller = new AbortController()
  const worker = tools.registry.has(job.worker) ? tools.registry.find(job.worker).worker : undefined
  const course = follow(run(job, { tools, own, worker, signal: controller.signal, listeners }), controller)
  const timer = startTimer(job, worker, course.abort)

  const ended = course.ended.then((ended) => {
    clearTimeout(timer)
    const ack = acknowledge(job, ended, worker?.options.backoff)
    const acknowledged = own.written && ended.kind !== 'raised'
    const executed: Executed = { job, ended, ack, acknowledged, duration: performance.now() - started }

    return listeners.tell({ state: ack.state, ended })?.then(() => executed) ?? executed
  })

  return { job, abort: course.abort, hasLeft: course.hasLeft, left: course.left, ended }
}

function run(job: Job, around: Around): Promise<Outcome> {
  try {
    const registered = around.tools.registry.find(job.worker)
    checkRunnable(job, around.tools.clock)

    return registered.run(contextOf(job, around))
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The end of a job that was stopped before it began. */
export function endedBy(job: Job, error: StaffaError): Executed {
  const ended = { kind: 'raised', error } as const

  return { job, ended, ack: acknowledge(job, ended), acknowledged: false, duration: 0 }
}

interface Course extends Pick<Attempt, 'hasLeft' | 'left'> {
  readonly abort: (reason: unknown) => void
  readonly ended: Promise<Outcome | Raised>
}

/** The course of an attempt: it ends when its function does, or for the reason for which it was stopped. */
function follow(running: Promise<Outcome>, controller: AbortController): Course {
  const { signal } = controller
  const end = Promise.withResolvers<Outcome | Raised>()
  let over = false
  const abort = (reason: unknown) => {
    controller.abort(reason)
    if (endsAtOnce(signal.reason)) end.resolve({ kind: 'raised', error: signal.reason })
  }
  const left = running.then(
    (outcome) => {
      over = true
      end.resolve(outcome)
    },
    (error) => {
      over = true
      end.resolve({ kind: 'raised', error: signal.aborted ? signal.reason : error })
    },
  )

  return { abort, ended: end.promise, hasLeft: () => over, left }
}

/** A shutdown asks; everything else decides, whether the function heeds its signal or not. */
function endsAtOnce(reason: unknown): boolean {
  return !(reason instanceof StaffaError && reason.code === 'SHUTDOWN')
}
