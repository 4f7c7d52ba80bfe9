import type { Job } from '../job/job.ts'
import { jitter } from '../lifecycle/backoff.ts'
import { StaffaError } from '../support/errors.ts'
import { Claims } from './claims.ts'
import { waitFor, writeEnd } from './ending.ts'
import { type Attempt, type Executed, endedBy, execute } from './executor.ts'
import { Held } from './held.ts'
import { Pace } from './pace.ts'
import type { ProducerTools } from './producer-tools.ts'
import { producerUuid, type QueueCheck, type QueueOptions } from './queue.ts'
import { pause as pauseBefore } from './retry.ts'
import { loop, type Service, sleep, within } from './service.ts'

/** Works one queue: fetch, dispatch, execute, acknowledge. */
export class Producer implements Service {
  readonly queue: string
  readonly uuid: string = producerUuid()
  #options: QueueOptions
  readonly #tools: ProducerTools
  readonly #held = new Held()
  readonly #claims = new Claims()
  #wanted = false
  #pumping: Promise<void> | undefined
  readonly #pace = new Pace()
  #stopping = new AbortController()
  #startedAt: Date | undefined
  #shutdownStartedAt: Date | undefined
  #stopped: Promise<void> | undefined
  readonly #refresh: Service
  #relieving = false

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
    if (!this.#options.paused) return this.nudge()
    await this.#pumping
    await this.#giveBack()
  }

  /** Says that there may be something to fetch. */
  nudge(): void {
    this.#wanted = true
    this.#pumping ??= this.#pump()
  }

  /** Gives back what fetches without an answer have claimed since. */
  reclaim(): void {
    if (this.#claims.doubtAgain()) this.nudge()
  }

  /** Whether a fetch would have room for jobs. */
  get hungry(): boolean {
    return this.#demand() > 0
  }

  /** Ends a job early that runs here, or is about to; tells whether there was one. */
  abort(id: number, reason: StaffaError): boolean {
    return this.#held.abort(id, reason, (job) => this.#end(endedBy(job, reason)))
  }

  /** Stops fetching, gives back what has not begun, and waits for what runs, within the grace period. */
  async stop(): Promise<void> {
    if (!this.#startedAt) return
    this.#stopped ??= this.#windDown()
    await this.#stopped
  }

  /** Whether something runs here still, or has ended without that being written. */
  get busy(): boolean {
    return this.#held.running.size > 0 || this.#claims.size > 0
  }

  async #windDown(): Promise<void> {
    const began = performance.now()
    this.#shutdownStartedAt = this.#tools.clock.now()
    this.#stopping.abort()

    const ended = this.#ended()
    const inTime = await within(this.#tools.shutdownGracePeriod, ended)
    if (!inTime) {
      // What heeds its signal ends now, and runs again elsewhere; the rest is left to the rescuer.
      this.#held.running.abortAll(new StaffaError('SHUTDOWN', `the queue ${this.queue} was stopped`))
      await within(1_000, ended)
    }
    const told = { elapsed: performance.now() - began, orphaned: this.#held.running.ids }
    this.#tools.telemetry.emit('queue.shutdown', { queue: this.queue, ...told })
  }

  /** The jobs that run here, or are about to. */
  heldIds(): readonly number[] {
    return this.#held.ids
  }

  check(): Omit<QueueCheck, 'name' | 'node'> {
    const { limit, paused } = this.#options

    return Object.freeze({
      queue: this.queue,
      uuid: this.uuid,
      limit,
      paused: paused || this.#stopping.signal.aborted,
      running: this.#held.running.ids,
      startedAt: this.#startedAt ?? new Date(Number.NaN),
      shutdownStartedAt: this.#shutdownStartedAt,
    })
  }

  async #pump(): Promise<void> {
    await undefined // several nudges of one turn are one
    for (let failures = 0; this.#hasWork(); ) {
      failures = (await this.#turn()) ? 0 : failures + 1
      const rest = failures > 0 ? pauseBefore(failures) : this.#options.dispatchCooldown
      if (rest > 0) await sleep(rest, this.#stopping.signal)
    }
    this.#pumping = undefined
  }

  #demand(): number {
    if (this.#options.paused || this.#stopping.signal.aborted) return 0
    const held = this.#held.size

    return this.#pace.room(this.#options, { held, unwritten: this.#claims.size - held })
  }

  #hasWork(): boolean {
    return (this.#wanted && this.hungry) || (this.#claims.uncertain && !this.#stopping.signal.aborted)
  }

  /** Tells whether it went well. */
  async #turn(): Promise<boolean> {
    try {
      await this.#claims.reconcile(this.#tools.engine, this.uuid)
      if (this.#wanted && this.hungry) await this.#fetch(this.#demand())

      return true
    } catch (error) {
      this.#tools.telemetry.emit('failure', { where: `producer ${this.queue}`, error })
      this.#wanted = true
      this.#claims.doubt()

      return false
    }
  }

  async #fetch(limit: number): Promise<void> {
    const { engine, client } = this.#tools
    const began = performance.now()
    this.#wanted = false
    const claim = { queue: this.queue, limit, node: client.node, producer: this.uuid }
    const fetched = await engine.fetchJobs(claim)
    const { jobs, discarded } = fetched
    this.#pace.fetched(performance.now() - began, fetched)
    if (jobs.length + discarded.length === limit) this.#wanted = true
    if (discarded.length > 0) this.#tools.onDiscarded(discarded)
    this.#claims.take(jobs)
    this.#held.waiting.add(jobs)
    setImmediate(() => this.#dispatch()) // the next fetch goes out first, and is under way while these run
    void this.#relieve()
  }

  #dispatch(): void {
    const runs = !this.#options.paused && !this.#stopping.signal.aborted
    while (runs && this.#held.running.size < this.#options.limit) {
      const job = this.#held.waiting.next()
      if (!job) return
      this.#run(job)
    }
  }

  #run(job: Job): void {
    this.#held.running.displace(job.id)
    this.#tools.telemetry.emit('job.start', { job })
    const attempt = execute(job, this.#tools)
    this.#held.running.add(attempt)
    attempt.whenEnded((executed) => this.#leave(attempt, executed))
  }

  /** Frees the slot of an attempt: once its function has left it, or has had its time to. */
  #leave(attempt: Attempt, executed: Executed): void {
    const finish = () => this.#finished(attempt, executed.duration)
    const finishLate = () => void waitFor(attempt, this.#tools).then(finish)
    const isSync = this.#options.ack === 'sync'
    this.#end(executed, isSync ? finishLate : undefined)
    if (!isSync && attempt.hasLeft()) finish()
    else if (!isSync) finishLate()
  }

  #end(executed: Executed, then?: () => void): void {
    writeEnd(executed, this.#tools, () => {
      this.#claims.drop(executed.job)
      then?.()
      this.#refill()
    })
  }

  #finished(attempt: Attempt, duration: number): void {
    this.#held.running.remove(attempt)
    this.#pace.ran(duration)
    this.#dispatch()
    this.#refill()
  }

  /** Asks again when there was more than there was room for. */
  #refill(): void {
    if (this.#wanted && !this.#pumping && this.hungry) this.nudge()
  }

  /** Resolves when nothing waits or runs any more, and that is written: not while the database is away. */
  async #ended(): Promise<void> {
    await this.#refresh.stop()
    await this.#pumping
    await this.#giveBack()
    await this.#held.running.idle()
    await this.#tools.acker.idle()
  }

  /** Jobs that have become slow must not wait behind each other here while other nodes are free. */
  async #relieve(): Promise<void> {
    if (this.#relieving) return
    this.#relieving = true
    while (await this.#held.waiting.stuck(this.#stopping.signal)) {
      this.#pace.forget()
      this.#wanted = true
      await this.#giveBack()
    }
    this.#relieving = false
  }

  async #giveBack(): Promise<void> {
    const unbegun = this.#held.waiting.takeAll()
    await Promise.allSettled(this.#tools.acker.giveBack(unbegun))
    for (const job of unbegun) this.#claims.drop(job)
  }
}
