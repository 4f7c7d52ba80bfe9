import { setTimeout as sleep } from 'node:timers/promises'
import { type InsertedJob, type NewJob, Staffa } from '@staffa/core'
import type pg from 'pg'
import type { Insert } from '../history.ts'
import { now, silent } from '../ledger/line.ts'
import { openPool } from '../node/open-pool.ts'
import { type Workers, workersOf } from '../node/workers.ts'
import type { Random } from '../random.ts'
import { isUncertain } from './uncertain.ts'

export interface DeskOptions {
  readonly url: string
  readonly prefix: string
  readonly random: Random
  /** How many jobs to insert in a second, about. */
  readonly rate: number
  /** The longest that a job works, in milliseconds. */
  readonly work: number
  /** Extra bytes in every job's args. Defaults to none. */
  readonly padding?: number | undefined
}

interface Described {
  readonly key: string
  readonly job: NewJob
}

const kinds = ['note', 'note', 'exact', 'exact', 'settled', 'settled', 'flaky', 'only'] as const

/** The application: inserts jobs in every way there is, cancels some, and remembers what it was told. */
export class Desk implements AsyncDisposable {
  readonly staffa: Staffa
  readonly inserts: Insert[] = []
  readonly cancelled: number[] = []
  readonly workers: Workers
  readonly #options: DeskOptions
  readonly #pool: pg.Pool
  #lanes: readonly Promise<void>[] = []
  #open = true
  #last = 0

  constructor(options: DeskOptions) {
    this.#options = options
    this.#pool = openPool(options.url, 'desk', { max: 6, connectionTimeoutMillis: 2_000, query_timeout: 10_000 })
    const { prefix } = options
    const never = async () => {}
    this.workers = workersOf({ application: { query: never, transaction: never }, schema: `"${prefix}"`, node: 'desk' })
    this.staffa = new Staffa({
      database: this.#pool,
      prefix,
      node: 'desk',
      logger: silent,
      workers: Object.values(this.workers) as [],
    })
  }

  /** Begins to insert, until it is closed. */
  start(): void {
    this.#lanes = [0, 1].map(() => this.#work())
  }

  /** Takes no more; resolves when the last insert has been answered. */
  async close(): Promise<void> {
    this.#open = false
    await Promise.all(this.#lanes)
  }

  /** Inserts one job of a worker, outside of the usual load. */
  async add(kind: keyof Workers): Promise<void> {
    const described = this.#describe(kind)
    await this.#noted([described], () => this.staffa.insertAll([described.job]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.staffa.stop()
    await this.#pool.end()
  }

  async #work(): Promise<void> {
    const { random, rate } = this.#options
    const ways = [this.#single, this.#together, this.#together, this.#committed, this.#rolledBack]
    while (this.#open) {
      const began = now()
      const count = random.between(1, Math.max(2, rate / 10))
      await random.pick(ways).call(this, count)
      if (random.percent(30)) await this.#cancelOne()
      await sleep(Math.max(5, (count * 2_000) / rate - (now() - began)))
    }
  }

  async #single(count: number): Promise<void> {
    const insert = (one: Described) => this.#noted([one], async () => [await this.staffa.insert(one.job)])
    await Promise.all(this.#describeMany(count).map(insert))
  }

  async #together(count: number): Promise<void> {
    const list = this.#describeMany(count)
    await this.#noted(list, () => this.staffa.insertAll(list.map(({ job }) => job)))
  }

  async #committed(count: number): Promise<void> {
    const list = this.#describeMany(count)
    await this.#noted(list, () => this.#transaction(list, 'COMMIT'))
  }

  async #rolledBack(count: number): Promise<void> {
    const list = this.#describeMany(count)
    await this.#transaction(list, 'ROLLBACK').catch(() => {}) // one way or the other, nothing may remain
    this.#note(list, () => ({ outcome: 'rolled back' }))
  }

  async #transaction(list: readonly Described[], end: 'COMMIT' | 'ROLLBACK'): Promise<readonly InsertedJob[]> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    const breakOff = (error: Error) => {
      broken = error
    }
    client.on('error', breakOff)
    try {
      await client.query('BEGIN')
      const inserted = await this.staffa.insertAll(
        list.map(({ job }) => job),
        { transaction: client as never },
      )
      await client.query(end)

      return inserted
    } catch (error) {
      broken ??= error as Error
      throw error
    } finally {
      client.off('error', breakOff)
      client.release(broken)
    }
  }

  /** Remembers what the application was told of an insert. */
  async #noted(list: readonly Described[], insert: () => Promise<readonly InsertedJob[]>): Promise<void> {
    try {
      const inserted = await insert()
      this.#note(list, (index) => ({
        outcome: 'acknowledged',
        id: inserted[index]?.id,
        conflict: inserted[index]?.conflict,
      }))
    } catch (error) {
      const { message } = error as Error
      this.#note(list, () => ({ outcome: isUncertain(error) ? 'unknown' : 'rolled back', error: message }))
      await sleep(50)
    }
  }

  #note(list: readonly Described[], tell: (index: number) => Omit<Insert, 'key' | 'at'>): void {
    this.inserts.push(...list.map(({ key }, index) => ({ key, at: now(), ...tell(index) })))
  }

  async #cancelOne(): Promise<void> {
    const candidates = this.inserts.slice(-200).flatMap(({ id }) => id ?? [])
    if (candidates.length === 0) return
    const job = await this.staffa.jobs.cancel(this.#options.random.pick(candidates)).catch(() => undefined)
    if (job?.state === 'cancelled') this.cancelled.push(job.id)
  }

  #describeMany(count: number): readonly Described[] {
    return Array.from({ length: count }, () => this.#describe(this.#options.random.pick(kinds)))
  }

  #describe(kind: keyof Workers): Described {
    const { random, work, padding = 0 } = this.#options
    this.#last += 1
    const key = `${kind}-${this.#last}`
    const subject = kind === 'only' ? `subject-${random.between(1, 12)}` : undefined
    const args = { key, work: random.between(1, work), subject, padding: padding > 0 ? 'x'.repeat(padding) : undefined }
    const options = random.percent(10) ? { scheduleIn: { milliseconds: random.between(100, 1_500) } } : {}

    return { key, job: this.workers[kind].new(args, options) }
  }
}
