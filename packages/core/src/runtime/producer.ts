import type { Job } from '../job/job.ts'
import { jitter } from '../lifecycle/backoff.ts'
import { StaffaError } from '../support/errors.ts'
import { Claims } from './claims.ts'
import { Endings, waitFor } from './ending.ts'
import { Attempt, type Executed, endedBy } from './executor.ts'
import { type Fetched, Fetcher, type Fetching } from './fetcher.ts'
import { Held } from './held.ts'
import { Pace } from './pace.ts'
import type { ProducerTools } from './producer-tools.ts'
import { producerUuid, type QueueCheck, type QueueOptions } from './queue.ts'
import { loop, type Service, within } from './service.ts'

/** Works one queue: fetch, dispatch, execute, acknowledge. */
export class Producer implements Service {
  readonly queue: string
  readonly uuid: string = producerUuid()
  #options: QueueOptions
  readonly #tools: ProducerTools
  readonly #held = new Held()
  readonly #claims = new Claims()
  readonly #fetcher: Fetcher
  readonly #pace = new Pace()
  readonly #stopping = new AbortController()
  #startedAt: Date | undefined
  #shutdownStartedAt: Date | undefined
  #stopped: Promise<void> | undefined
  readonly #refresh: Service
  #relieving = false
  #filling = false
  readonly #endings: Endings
  readonly #onEnded = (executed: Executed, attempt: Attempt) => this.#leave(attempt, executed)

  constructor(queue: string, options: QueueOptions, tools: ProducerTools) {
    this.queue = queue
    this.#options = options
    this.#tools = tools
    this.#fetcher = new Fetcher(this.#fetching(), tools)
    this.#endings = new Endings(tools, () => {
      this.#claims.drop()
      this.#fetcher.refill()
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
    await this.#fetcher.idle()
    await this.#giveBack()
  }

  /** Says that there may be something to fetch. */
  nudge(): void {
    this.#fetcher.nudge()
  }

  /** Gives back what fetches without an answer have claimed since. */
  reclaim(): void {
    if (this.#claims.doubtAgain()) this.nudge()
  }

  /** Whether a fetch would have room for jobs. */
  get hungry(): boolean {
    return this.#demand() > 0
  }

  /** Whether it finds in a moment what waits for it, though nobody tells of it. */
  get aware(): boolean {
    return this.#fetcher.aware
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
      paused: paused || this.#shutdownStartedAt !== undefined,
      running: this.#held.running.ids,
      startedAt: this.#startedAt ?? new Date(Number.NaN),
      shutdownStartedAt: this.#shutdownStartedAt,
    })
  }

  #fetching(): Fetching {
    return {
      queue: this.queue,
      uuid: this.uuid,
      claims: this.#claims,
      room: () => this.#demand(),
      known: () => [...this.#held.claimed, ...this.#tools.acker.unwritten()],
      cooldown: () => this.#options.dispatchCooldown,
      take: (fetched, elapsed) => this.#take(fetched, elapsed),
      signal: this.#stopping.signal,
    }
  }

  #demand(): number {
    if (this.#options.paused || this.#shutdownStartedAt !== undefined) return 0

    return this.#pace.room(this.#options, { held: this.#held.size, unwritten: this.#claims.size - this.#held.size })
  }

  /** Where there is more, the next fetch goes out first, and is under way while these are read and run. */
  #take(fetched: Fetched, elapsed: number): void {
    this.#pace.fetched(elapsed, fetched)
    this.#claims.take(fetched.count)
    this.#held.arrive(fetched.count, () => this.#receive(fetched))
    setImmediate(() => this.#begin())
  }

  #receive(fetched: Fetched): void {
    try {
      const { jobs, discarded } = fetched
      this.#claims.drop(discarded.length + this.#held.claim(jobs))
      if (discarded.length > 0) this.#tools.onDiscarded(discarded)
    } catch (error) {
      this.#claims.drop(fetched.count)
      this.#fetcher.fail(error)
    }
  }

  #begin(): void {
    this.#dispatch()
    void this.#relieve()
  }

  #dispatch(): void {
    const runs = !this.#options.paused && this.#shutdownStartedAt === undefined
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
    if (this.#options.ack === 'sync') {
      this.#endings.write(executed, () => this.#free(attempt, executed))
    } else {
      this.#endings.write(executed)
      this.#free(attempt, executed)
    }
  }

  /** Once the function has left the attempt, or has had its time to. */
  #free(attempt: Attempt, { duration }: Executed): void {
    if (attempt.hasLeft()) this.#finished(attempt, duration)
    else void waitFor(attempt, this.#tools).then(() => this.#finished(attempt, duration))
  }

  #finished(attempt: Attempt, duration: number): void {
    this.#held.running.remove(attempt)
    this.#pace.ran(duration)
    if (this.#filling) return
    this.#filling = true
    queueMicrotask(() => this.#fill())
  }

  /** The slots that one turn frees are filled together. */
  #fill(): void {
    this.#filling = false
    this.#dispatch()
    this.#fetcher.refill()
  }

  /** Resolves when nothing waits or runs any more, and that is written: not while the database is away. */
  async #ended(): Promise<void> {
    await this.#refresh.stop()
    await this.#fetcher.idle()
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
      this.#fetcher.want()
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
