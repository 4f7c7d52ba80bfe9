import { type Channel, channel } from 'node:diagnostics_channel'
import type { Job } from '../job/job.ts'
import type { JobState } from '../job/state.ts'

/** What every event carries. */
export interface EventSource {
  /** The name of the instance, `Oban` unless it was given another. */
  readonly instance: string
  readonly node: string
}

/** One executed attempt, after its end was written. Times are in milliseconds. */
export interface JobMeasurements {
  readonly job: Job
  /** The state that the attempt led to. */
  readonly state: JobState
  /** From the start of the attempt to its end. */
  readonly duration: number
  /** From the job's scheduled time to the attempt. */
  readonly queueTime: number
}

/** The events, by name. They are published on `node:diagnostics_channel` under `staffa.<name>`. */
export interface TelemetryEvents {
  'job.start': { readonly job: Job }
  /** An attempt ended as it wanted to, or was cancelled, or given back when its queue stopped. */
  'job.stop': JobMeasurements & { readonly result?: unknown }
  /** An attempt failed. */
  'job.exception': JobMeasurements & { readonly error: unknown }
  /** An attempt ended, but the job no longer belonged to it, so nothing was written. */
  'job.late': { readonly job: Job; readonly state: JobState }
  /** A function went on after its attempt was over, and its slot was given to another job. */
  'job.abandoned': { readonly job: Job }
  'engine.start': { readonly verb: string }
  'engine.stop': { readonly verb: string; readonly duration: number }
  'engine.exception': { readonly verb: string; readonly duration: number; readonly error: unknown }
  'service.start': { readonly service: string }
  'service.stop': { readonly service: string; readonly duration: number; readonly result: unknown }
  'service.exception': { readonly service: string; readonly duration: number; readonly error: unknown }
  /** A notice was sent; it arrives when the transaction commits that it was sent in. */
  'notifier.notify': { readonly channel: string; readonly payload: unknown }
  /** A notice could not be understood, and was passed over. */
  'notifier.garbage': { readonly channel: string; readonly reason: string }
  'notifier.switch': { readonly status: 'listening' | 'polling' }
  'leader.election': { readonly leader: boolean; readonly wasLeader: boolean }
  'queue.shutdown': { readonly queue: string; readonly elapsed: number; readonly orphaned: readonly number[] }
  /** Something failed in the background; it is tried again. */
  failure: { readonly where: string; readonly error: unknown }
}

export type TelemetryName = keyof TelemetryEvents

/** Publishes the events of one instance. */
export interface Telemetry {
  emit<Name extends TelemetryName>(name: Name, payload: TelemetryEvents[Name]): void
  /** Runs work between a `start` and a `stop` or `exception` event. */
  span<T>(kind: 'engine' | 'service', name: string, work: () => Promise<T>): Promise<T>
}

/** Told of everything that one instance tells, before those who listen. */
export type Witness = Telemetry['emit']

/** Tells the instance whose event is being told of a listener that has failed. */
let blame: ((name: TelemetryName, error: unknown) => void) | undefined

/** Makes the telemetry of one instance. What nobody listens to costs a look-up. */
export function telemetry(source: EventSource, witness: Witness = () => {}): Telemetry {
  const channels = new Map<TelemetryName, Channel>()
  const channelOf = (name: TelemetryName) => {
    const known = channels.get(name) ?? channel(`staffa.${name}`)
    channels.set(name, known)

    return known
  }
  const tell: Telemetry['emit'] = (name, payload) => {
    const to = channelOf(name)
    if (to.hasSubscribers) blaming(report, () => to.publish({ ...source, ...payload }))
  }
  const emit: Telemetry['emit'] = (name, payload) => {
    try {
      witness(name, payload)
    } catch (error) {
      tell('failure', { where: 'logger', error }) // it would throw again
      warnOnce()
    }
    tell(name, payload)
  }
  const warnOnce = once(() => process.emitWarning(`the logger of ${source.instance} throws: what it is told is lost`))
  const report = (name: TelemetryName, error: unknown) => emit('failure', { where: `listener of ${name}`, error })

  return {
    emit,
    span: (kind, name, work) => (kind === 'engine' ? engineSpan(emit, name, work) : serviceSpan(emit, name, work)),
  }
}

function once(work: () => void): () => void {
  let isDone = false

  return () => {
    if (!isDone) work()
    isDone = true
  }
}

async function engineSpan<T>(emit: Telemetry['emit'], verb: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  emit('engine.start', { verb })
  try {
    const result = await work()
    emit('engine.stop', { verb, duration: performance.now() - started })

    return result
  } catch (error) {
    emit('engine.exception', { verb, duration: performance.now() - started, error })
    throw error
  }
}

async function serviceSpan<T>(emit: Telemetry['emit'], service: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  emit('service.start', { service })
  try {
    const result = await work()
    emit('service.stop', { service, duration: performance.now() - started, result })

    return result
  } catch (error) {
    emit('service.exception', { service, duration: performance.now() - started, error })
    throw error
  }
}

/** Listeners are called in the turn in which the event is told: while they are, it is known whose it is. */
function blaming(report: NonNullable<typeof blame>, publish: () => void): void {
  const before = blame
  blame = report
  publish() // never throws
  blame = before
}

/**
 * Calls back for every event of that name, of every instance in this process. A listener that throws or rejects hinders
 * nobody: its instance is told, the first time. Returns what ends it.
 */
export function onTelemetry<Name extends TelemetryName>(
  name: Name,
  listener: (event: EventSource & TelemetryEvents[Name]) => void,
): () => void {
  const from = channel(`staffa.${name}`)
  let isKnown = false
  const receive = (event: unknown) => {
    const report = blame
    const onError = (error: unknown) => {
      if (isKnown) return
      isKnown = true
      report?.(name, error)
    }
    guarded(() => listener(event as EventSource & TelemetryEvents[Name]), onError)
  }
  from.subscribe(receive)

  return () => void from.unsubscribe(receive)
}

/** Calls somebody whose errors are none of ours: unheard, they would end the process. */
function guarded(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call()
    if (result instanceof Promise) result.catch(onError)
  } catch (error) {
    onError(error)
  }
}
