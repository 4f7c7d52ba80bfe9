import type { Job } from '../job/job.ts'
import { jitter } from '../lifecycle/backoff.ts'
import { StaffaError } from '../support/errors.ts'
import { Claims } from './claims.ts'
import { Endings, waitFor } from './ending.ts'
import { Attempt, type Executed, endedBy } from './executor.ts'
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
  readonly #endings: Endings
  readonly #onEnded = (executed: Executed, attempt: Attempt) => this.#leave(attempt, executed)

  constructor(queue: string, options: QueueOptions, tools: ProducerTools) {
    this.queue = queue
    this.#options = options
    this.#tools = tools
    this.#endings = new Endings(tools, () => {
      this.#claims.drop()
      this.#refill()
    })
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
    return this.#held.abort(id, reason, (job) => this.#endings.write(endedBy(job, reason)))
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
    if (!(await within(this.#tools.shutdownGracePeriod, ended))) {
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

    return this.#pace.room(this.#options, { held: this.#held.size, unwritten: this.#claims.size - this.#held.size })
  }

  #hasWork(): boolean {
    return (this.#wanted && this.hungry) || (this.#claims.uncertain && !this.#stopping.signal.aborted)
  }

  /** Tells whether it went well. */
  async #turn(): Promise<boolean> {
    try {
      const { engine, acker, fetching } = this.#tools
      await this.#claims.reconcile(engine, this.uuid, () => [...this.#held.claimed, ...acker.unwritten()])
      const asked = performance.now()
      if (this.#wanted && this.hungry) await fetching(() => this.#fetch(asked))

      return true
    } catch (error) {
      this.#tools.telemetry.emit('failure', { where: `producer ${this.queue}`, error })
      this.#wanted = true
      this.#claims.doubt()

      return false
    }
  }

  async #fetch(asked: number): Promise<void> {
    const limit = this.#demand()
    if (limit === 0) return
    const { engine, client } = this.#tools
    this.#wanted = false
    const fetched = await engine.fetchJobs({ queue: this.queue, limit, node: client.node, producer: this.uuid })
    const { jobs, discarded } = fetched
    this.#pace.fetched(performance.now() - asked, fetched)
    if (jobs.length + discarded.length === limit) this.#wanted = true
    if (discarded.length > 0) this.#tools.onDiscarded(discarded)
    this.#claims.take(jobs.length - this.#held.claim(jobs))
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
    const attempt = new Attempt(job, this.#tools, this.#onEnded)
    this.#held.running.add(attempt)
    this.#tools.telemetry.emit('job.start', { job })
    attempt.start()
  }

  /** Writes how an attempt ended, and frees its slot: at once, or when that is written. */
  #leave(attempt: Attempt, executed: Executed): void {
    const free = () => this.#free(attempt, executed)
    const isSync = this.#options.ack === 'sync'
    this.#endings.write(executed, isSync ? free : undefined)
    if (!isSync) free()
  }

  /** Once the function has left the attempt, or has had its time to. */
  #free(attempt: Attempt, { duration }: Executed): void {
    if (attempt.hasLeft()) this.#finished(attempt, duration)
    else void waitFor(attempt, this.#tools).then(() => this.#finished(attempt, duration))
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
    this.#claims.drop(unbegun.length)
  }
}
