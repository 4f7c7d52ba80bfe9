import {
  type Duration,
  finalStates,
  type Job,
  type JobState,
  onTelemetry,
  StaffaError,
  type TelemetryEvents,
  type TelemetryName,
} from '@staffa/core'
import { toPositiveMilliseconds } from '@staffa/core/plugin'

/** As they were before a test could replace them by fake ones. */
const { setTimeout, clearTimeout } = globalThis

/** An event of any instance of this process: who sent it, and what it tells. */
export type TestEvent<Name extends TelemetryName> = Parameters<Parameters<typeof onTelemetry<Name>>[1]>[0]

export interface UntilOptions {
  /** How long to wait before failing. Defaults to 30 seconds. */
  readonly timeout?: Duration | undefined
}

/**
 * Waits for the next event of that name for which the predicate holds, of any instance in this process.
 *
 * Events have no memory: call it before what sets them off, and await it after.
 */
export function untilEvent<Name extends TelemetryName>(
  name: Name,
  predicate: (event: TestEvent<Name>) => boolean = () => true,
  options: UntilOptions = {},
): Promise<TestEvent<Name>> {
  const event = waiting<TestEvent<Name>>(options, `an event ${name}`, ({ resolve, reject, undo }) => {
    const listen = (event: TestEvent<Name>) => {
      try {
        if (predicate(event)) resolve(event)
      } catch (error) {
        reject(error)
      }
    }
    undo(onTelemetry(name, listen))
  })

  return excused(event)
}

export interface SettledOptions extends UntilOptions {
  /** The states to wait for. Defaults to `completed`, `cancelled` and `discarded`. */
  readonly states?: readonly JobState[] | undefined
}

/** What reads jobs: an instance. */
export interface Readable {
  readonly jobs: { get(id: number): Promise<Job | undefined> }
}

/** The events after which a job may be in another state. */
const telling: readonly TelemetryName[] = ['job.start', 'job.stop', 'job.exception', 'engine.stop']

/** Waits until a job has ended, or is in one of the states that are given; gives it as it is then. */
export function settled(
  staffa: Readable,
  job: number | { readonly id: number },
  options: SettledOptions = {},
): Promise<Job> {
  return excused(settle(staffa, typeof job === 'number' ? job : job.id, options))
}

/** A test that fails before it awaits this fails for its own reason alone: nobody is told of a rejection besides. */
function excused<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})

  return promise
}

async function settle(
  staffa: Readable,
  id: number,
  { states = finalStates, ...options }: SettledOptions,
): Promise<Job> {
  const first = await staffa.jobs.get(id)
  let last: string = first?.state ?? 'no such job'

  return waiting<Job>(
    options,
    () => `job ${id} to be ${states.join(' or ')} (it is ${last})`,
    (wait) => {
      const look = oneAtATime(async () => {
        const found = await staffa.jobs.get(id)
        last = found?.state ?? last
        if (found && states.includes(found.state)) wait.resolve(found)
      }, wait.reject)
      for (const name of telling) wait.undo(onTelemetry(name, (event) => changesJobs(event) && look()))
      look()
    },
  )
}

/** Reading a job is an event of the engine, too. */
function changesJobs(event: TelemetryEvents[TelemetryName]): boolean {
  return !('verb' in event) || !/^(get|list|count)/.test(event.verb)
}

/** While a look is under way, any number of wishes for another are one. */
function oneAtATime(look: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let running = false
  let again = false

  return async function begin(): Promise<void> {
    again = true
    if (running) return
    running = true
    try {
      while (again) {
        again = false
        await look()
      }
    } catch (error) {
      onError(error)
    } finally {
      running = false
    }
  }
}

interface Wait<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
  /** Takes what is to be undone at the end. */
  readonly undo: (work: () => void) => void
}

async function waiting<T>(
  { timeout = { seconds: 30 } }: UntilOptions,
  what: string | (() => string),
  begin: (wait: Wait<T>) => void,
): Promise<T> {
  const milliseconds = toPositiveMilliseconds(timeout, 'timeout')
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const undone: (() => void)[] = []
  const late = () => {
    const text = typeof what === 'string' ? what : what()
    reject(new StaffaError('TIMEOUT', `expected ${text} within ${milliseconds} ms, got none`))
  }
  const timer = setTimeout(late, milliseconds)

  try {
    begin({ resolve, reject, undo: (work) => undone.push(work) })

    return await promise
  } finally {
    clearTimeout(timer)
    for (const work of undone) work()
  }
}
