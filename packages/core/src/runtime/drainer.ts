import type { Job } from '../job/job.ts'
import { isFinal } from '../job/state.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import type { StaffaError } from '../support/errors.ts'
import { type BeaterOptions, dismiss, type Holder } from './beater.ts'
import { type Executed, endedBy, execute } from './executor.ts'
import { Held } from './held.ts'
import type { ProducerTools } from './producer-tools.ts'
import type { Producers } from './producers.ts'
import { producerUuid } from './queue.ts'
import { report } from './report.ts'
import { loop } from './service.ts'

/** How to run what a queue holds, without a producer. */
export interface DrainOptions {
  readonly queue: string
  /** The most jobs to fetch in one round. */
  readonly limit: number
  /** Whether to go on until nothing is left, also of what the jobs themselves insert. */
  readonly recursion: boolean
  /** Whether to run jobs before their time: all of them, or those due by an instant. */
  readonly scheduled: boolean | Date
  /** Whether errors that jobs throw stay inside; otherwise the first is thrown, once its job is acknowledged. */
  readonly safety: boolean
  /** How many jobs run at once. */
  readonly concurrency: number
  /** Ends the draining early; what was not begun is given back. */
  readonly signal: AbortSignal | undefined
}

/** How many attempts ended in which way. */
export interface Drained {
  readonly completed: number
  readonly snoozed: number
  readonly cancelled: number
  /** Given up, by the job itself or because no attempts were left. */
  readonly discarded: number
  /** To be tried again. */
  readonly failed: number
}

export interface DrainerTools
  extends Omit<ProducerTools, 'shutdownGracePeriod' | 'fetching' | 'onDiscarded'>,
    BeaterOptions {
  readonly producers: Producers
}

/** Runs what a queue holds in the caller's own time. */
export class Drainer implements Holder {
  readonly uuid: string = producerUuid()
  readonly #options: DrainOptions
  readonly #tools: DrainerTools
  readonly #counts = { completed: 0, snoozed: 0, cancelled: 0, discarded: 0, failed: 0 }
  readonly #held = new Held()
  readonly #thrown: unknown[] = []

  constructor(options: DrainOptions, tools: DrainerTools) {
    this.#options = options
    this.#tools = tools
  }

  heldIds(): readonly number[] {
    return this.#held.ids
  }

  abort(id: number, reason: StaffaError): boolean {
    return this.#held.abort(id, reason, (job) => void this.#end(endedBy(job, reason)))
  }

  async drain(): Promise<Drained> {
    const { engine, producers, telemetry, lease } = this.#tools
    const onError = (error: unknown) => telemetry.emit('failure', { where: 'drainer', error })
    const beats = loop({ every: lease / 3, tick: () => this.#beat(), onError })
    producers.adopt(this)

    try {
      await this.#beat()
      beats.start()
      for (let ran = 1; ran > 0 && !this.#options.signal?.aborted; ) {
        ran = await this.#round()
        if (!this.#options.recursion) break
      }

      return Object.freeze(this.#counts)
    } finally {
      await beats.stop()
      await engine.forgetProducers([this.uuid])
      producers.disown(this)
    }
  }

  /** Draining may take longer than a lease: other nodes must know that it goes on. */
  async #beat(): Promise<void> {
    const { engine, name, node } = this.#tools
    const { queue, concurrency } = this.#options
    const meta = { staffa: true, local_limit: concurrency, paused: false }
    await engine.beatProducers([{ uuid: this.uuid, name, node, queue, meta }])
    await dismiss(this, engine)
  }

  /** Stages, fetches and runs once; tells how many jobs there were. */
  async #round(): Promise<number> {
    const { queue, limit, scheduled } = this.#options
    const { engine, client } = this.#tools
    if (scheduled !== false) await engine.stageQueue(queue, scheduled === true ? undefined : scheduled)
    const { jobs, discarded } = await engine.fetchJobs({ queue, limit, node: client.node, producer: this.uuid })
    this.#counts.discarded += discarded.length
    this.#held.claim(jobs)
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#lane()))
    await this.#giveBack()
    if (this.#thrown.length > 0) throw this.#thrown[0]

    return jobs.length + discarded.length
  }

  async #lane(): Promise<void> {
    while (!this.#options.signal?.aborted && this.#thrown.length === 0) {
      const job = this.#held.waiting.next()
      if (!job) break
      await this.#run(job)
    }
  }

  async #run(job: Job): Promise<void> {
    this.#tools.telemetry.emit('job.start', { job })
    const attempt = this.#tools.apart(() => execute(job, this.#tools))
    this.#held.running.add(attempt)
    const executed = await attempt.ended
    await this.#end(executed)
    this.#held.running.remove(attempt)
  }

  async #end(executed: Executed): Promise<void> {
    const { acker, telemetry } = this.#tools
    const { ended, job, ack, acknowledged } = executed
    this.#counts[kindOf(ack)] += 1
    const written = acknowledged || (await acker.write({ ack, job }))
    report(telemetry, executed, written)
    const hasFailed = ended.kind === 'raised' && (ack.state === 'discarded' || !isFinal(ack.state))
    if (hasFailed && !this.#options.safety) this.#thrown.push(ended.error)
  }

  async #giveBack(): Promise<void> {
    await Promise.all(this.#tools.acker.giveBack(this.#held.waiting.takeAll()))
  }
}

const kinds: Readonly<Record<Ack['state'], keyof Drained>> = {
  completed: 'completed',
  cancelled: 'cancelled',
  discarded: 'discarded',
  retryable: 'failed',
  scheduled: 'snoozed',
  available: 'failed',
}

function kindOf({ state }: Ack): keyof Drained {
  return kinds[state]
}
