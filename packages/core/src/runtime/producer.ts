import type { Engine } from '../engine/engine.ts'
import type { Job } from '../job/job.ts'
import { jitter } from '../lifecycle/backoff.ts'
import { StaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Acker } from './acker.ts'
import { type Attempt, type Executed, type ExecutorTools, execute } from './executor.ts'
import { follow, type Pace, prefetch, unknownPace } from './prefetch.ts'
import { giveBack, producerUuid, type QueueCheck, type QueueOptions } from './queue.ts'
import { report } from './report.ts'
import { pause as pauseBefore } from './retry.ts'
import { loop, type Service, sleep, within } from './service.ts'

export interface ProducerTools extends ExecutorTools {
  readonly engine: Engine
  readonly acker: Acker
  readonly telemetry: Telemetry
  /** How long jobs may take to end once the queue stops, in milliseconds. */
  readonly shutdownGracePeriod: number
  /** Told of jobs that a fetch found without attempts left. */
  readonly onDiscarded: (jobs: readonly Job[]) => void
}

/** More ends than this wait to be written: fetching pauses until the database has caught up. */
const mostUnwritten = 5_000

/** Works one queue: fetch, dispatch, execute, acknowledge. */
export class Producer implements Service {
  readonly queue: string
  readonly uuid: string = producerUuid()
  #options: QueueOptions
  readonly #tools: ProducerTools
  readonly #running = new Map<number, Attempt>()
  /** Fetched, and the end not yet written: whatever else is executing under this producer's name was lost on the way. */
  readonly #claimed = new Set<number>()
  #waiting: Job[] = []
  #idle = Promise.withResolvers<void>()
  #wanted = false
  #pumping: Promise<void> | undefined
  #pace: Pace = unknownPace
  #stopping = new AbortController()
  #startedAt: Date | undefined
  #shutdownStartedAt: Date | undefined
  readonly #refresh: Service

  constructor(queue: string, options: QueueOptions, tools: ProducerTools) {
    this.queue = queue
    this.#options = options
    this.#tools = tools
    this.#refresh = loop({
      every: () => jitter(options.refreshInterval, { multiplier: 0.25 }),
      tick: async () => this.nudge(),
      onError: (error) => tools.telemetry.emit('failure', { where: `producer ${queue}`, error }),
    })
  }

  start(): void {
    this.#startedAt ??= this.#tools.clock.now()
    this.#refresh.start()
  }

  /** Changes how the queue runs from now on. What was fetched ahead is given back when it pauses. */
  async change(options: Partial<QueueOptions>): Promise<void> {
    this.#options = { ...this.#options, ...options }
    if (this.#options.paused) await this.#giveBack()
    else this.nudge()
  }

  /** Says that there may be something to fetch. */
  nudge(): void {
    this.#wanted = true
    this.#pumping ??= this.#pump()
  }

  /** Whether a fetch would have room for jobs. */
  get hungry(): boolean {
    return this.#demand() > 0
  }

  /** Ends a running job early; tells whether it ran here. */
  abort(id: number, reason: StaffaError): boolean {
    const attempt = this.#running.get(id)
    attempt?.abort(reason)

    return attempt !== undefined
  }

  /** Stops fetching, gives back what has not begun, and waits for what runs, within the grace period. */
  async stop(): Promise<void> {
    if (!this.#startedAt || this.#shutdownStartedAt) return
    const began = performance.now()
    this.#shutdownStartedAt = this.#tools.clock.now()
    this.#stopping.abort()
    await this.#refresh.stop()
    await this.#pumping
    await this.#giveBack()

    const grace = this.#tools.shutdownGracePeriod
    const drained = await within(grace, this.#drained())
    if (!drained) await this.#interrupt()
    const orphaned = this.runningIds()
    this.#tools.telemetry.emit('queue.shutdown', { queue: this.queue, elapsed: performance.now() - began, orphaned })
  }

  runningIds(): readonly number[] {
    return [...this.#running.keys()]
  }

  check(): Omit<QueueCheck, 'name' | 'node'> {
    const { limit, paused } = this.#options

    return Object.freeze({
      queue: this.queue,
      uuid: this.uuid,
      limit,
      paused: paused || this.#stopping.signal.aborted,
      running: this.runningIds(),
      startedAt: this.#startedAt ?? new Date(Number.NaN),
      shutdownStartedAt: this.#shutdownStartedAt,
    })
  }

  async #pump(): Promise<void> {
    await undefined // several nudges of one turn are one
    for (let failures = 0; this.#wanted && this.#demand() > 0; ) {
      if (this.#tools.acker.size > mostUnwritten) await this.#tools.acker.idle()
      this.#wanted = false
      failures = (await this.#fetch(failures > 0)) ? 0 : failures + 1
      const rest = failures > 0 ? pauseBefore(failures) : this.#options.dispatchCooldown
      if (rest > 0) await sleep(rest, this.#stopping.signal)
    }
    this.#pumping = undefined
  }

  #demand(): number {
    const { limit, paused } = this.#options
    if (paused || this.#stopping.signal.aborted) return 0
    const ahead = prefetch(limit, this.#pace, this.#options.prefetch)

    return limit + ahead - this.#running.size - this.#waiting.length
  }

  async #fetch(afterFailure: boolean): Promise<boolean> {
    const { engine, client, telemetry } = this.#tools
    const limit = this.#demand()
    const began = performance.now()

    try {
      if (afterFailure) await engine.releaseJobs({ producer: this.uuid, except: [...this.#claimed] })
      const claim = { queue: this.queue, limit, node: client.node, producer: this.uuid }
      const { jobs, discarded } = await engine.fetchJobs(claim)
      this.#pace = { ...this.#pace, fetch: follow(this.#pace.fetch || Number.NaN, performance.now() - began) }
      if (jobs.length + discarded.length === limit) this.#wanted = true
      if (discarded.length > 0) this.#tools.onDiscarded(discarded)
      for (const { id } of jobs) this.#claimed.add(id)
      this.#waiting.push(...jobs)
      this.#dispatch()

      return true
    } catch (error) {
      telemetry.emit('failure', { where: `producer ${this.queue}`, error })
      this.#wanted = true

      return false
    }
  }

  #dispatch(): void {
    while (this.#running.size < this.#options.limit && !this.#stopping.signal.aborted) {
      const job = this.#waiting.shift()
      if (!job) return
      void this.#run(job)
    }
  }

  async #run(job: Job): Promise<void> {
    const { acker, telemetry, shutdownGracePeriod } = this.#tools
    telemetry.emit('job.start', { job })
    const attempt = execute(job, this.#tools)
    this.#running.set(job.id, attempt)

    const executed = await attempt.ended
    const written = this.#write(executed, acker)
    if (this.#options.ack === 'sync') await written
    const left = attempt.hasLeft() || (await within(shutdownGracePeriod, attempt.left))
    if (!left) telemetry.emit('job.abandoned', { job })
    this.#finished(executed)
  }

  async #write({ ack, acknowledged, ...executed }: Executed, acker: Acker): Promise<void> {
    const written = acknowledged || (await acker.write({ ack, job: executed.job }).catch(() => false))
    this.#claimed.delete(ack.id)
    report(this.#tools.telemetry, { ...executed, ack, written })
  }

  #finished({ job, duration }: Executed): void {
    this.#running.delete(job.id)
    if (this.#running.size === 0) this.#idle.resolve()
    this.#pace = { ...this.#pace, job: follow(this.#pace.job, duration) }
    this.#dispatch()
    if (this.#wanted && !this.#pumping) this.nudge()
  }

  async #drained(): Promise<void> {
    if (this.#running.size > 0) {
      this.#idle = Promise.withResolvers<void>()
      await this.#idle.promise
    }
    await this.#tools.acker.idle()
  }

  /** Jobs that heed their signal now end, and run again elsewhere; the others are left to the rescuer. */
  async #interrupt(): Promise<void> {
    const reason = new StaffaError('SHUTDOWN', `the queue ${this.queue} was stopped`)
    for (const attempt of this.#running.values()) attempt.abort(reason)
    await within(1_000, this.#drained())
  }

  async #giveBack(): Promise<void> {
    const unbegun = this.#waiting.splice(0)
    const back = unbegun.map((job) => ({ job, ack: giveBack(job) }))
    await Promise.allSettled(back.map((ending) => this.#tools.acker.write(ending)))
    for (const { id } of unbegun) this.#claimed.delete(id)
  }
}
