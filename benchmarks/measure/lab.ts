import pg from 'pg'
import type { Contender, Place } from '../contenders/contender.ts'
import { loadContender } from '../contenders/index.ts'
import { Meter } from './meter.ts'
import { Worker } from './worker.ts'

export interface LabOptions {
  /** The server. */
  readonly url: string
  readonly redis: string | undefined
  /** Flags of Node for every process. */
  readonly flags: readonly string[]
  /** Where CPU profiles of the measured processes go, if they are wanted. */
  readonly profiles: string | undefined
}

export interface BenchOptions {
  readonly workload: string
  readonly contender: string
  readonly queues?: readonly string[]
}

/** How long anything may take. */
export const patience = 120_000

let made = 0

/** Gives each measurement a database, and processes, of its own. */
export class Lab {
  readonly options: LabOptions

  constructor(options: LabOptions) {
    this.options = options
  }

  /** Does something with a fresh database that has the contender's tables, and drops it afterwards. */
  async onFreshDatabase<T>(options: BenchOptions, work: (bench: BenchPlace) => Promise<T>): Promise<T> {
    const name = `bench_${process.pid}_${++made}`
    await this.#administer(`CREATE DATABASE ${name}`)
    const url = new URL(this.options.url)
    url.pathname = `/${name}`
    const place: Place = { url: url.href, redis: this.options.redis, queues: options.queues ?? ['default'] }
    const bench = new BenchPlace(options, { place, contender: await loadContender(options.contender), lab: this })
    try {
      await bench.help('prepare')

      return await work(bench)
    } finally {
      await bench.close()
      await this.#administer(`DROP DATABASE ${name} WITH (FORCE)`)
    }
  }

  async #administer(statement: string): Promise<void> {
    await using client = await connected(this.options.url)
    await client.query(statement)
  }
}

/** One contender's database, and the processes that work on it. */
export class BenchPlace {
  readonly contender: Contender
  readonly place: Place
  readonly #options: BenchOptions
  readonly #lab: Lab
  readonly #workers = new Set<Worker>()
  #helper: Promise<Worker> | undefined

  constructor(options: BenchOptions, found: { place: Place; contender: Contender; lab: Lab }) {
    this.#options = options
    this.#lab = found.lab
    this.place = found.place
    this.contender = found.contender
  }

  /** Starts a process; a measured one may be profiled. */
  async worker({ measured = true } = {}): Promise<Worker> {
    const { workload, contender } = this.#options
    const { profiles, flags } = this.#lab.options
    const profiling = measured && profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []
    const worker = new Worker({ workload, contender, place: this.place }, [...flags, ...profiling])
    this.#workers.add(worker)

    return worker.ready()
  }

  /** Has a process that is not measured do something: to prepare, to look on. */
  async help<Result>(task: string, params: unknown = {}): Promise<Result> {
    this.#helper ??= this.worker({ measured: false })

    return (await this.#helper).ask<Result>(task, params)
  }

  /** Fails unless so many jobs wait: what was inserted must be there, and once. */
  async expectUnfinished(jobs: number): Promise<void> {
    const unfinished = await this.help<number>('unfinished')
    if (unfinished === jobs) return
    throw new Error(`expected ${this.contender.name} to hold ${jobs} jobs, got ${unfinished}`)
  }

  /**
   * Looks until nothing is left to do. Resolves with the moment, by `performance.now()`, at which that was so: when the
   * look began that found nothing, since how long looking takes is nobody's work.
   */
  async untilFinished(): Promise<number> {
    const began = performance.now()
    for (;;) {
      const asked = performance.now()
      const left = await this.help<number>('unfinished')
      if (left === 0) return asked
      if (asked - began > patience) throw new Error(`expected no job to be left, got ${left}`)
    }
  }

  /** Brings the database to rest: statistics are fresh, dirty pages are written. */
  async settle(): Promise<void> {
    await this.query('VACUUM (ANALYZE)', 'CHECKPOINT')
  }

  async query(...statements: readonly string[]): Promise<void> {
    await using client = await connected(this.place.url)
    for (const statement of statements) await client.query(statement)
  }

  async meter(): Promise<Meter & AsyncDisposable> {
    const meter = new Meter(this.place.url)
    await meter.open()

    return Object.assign(meter, { [Symbol.asyncDispose]: () => meter.close() })
  }

  /** Ends every process; what a contender keeps elsewhere goes too. */
  async close(): Promise<void> {
    const helper = await this.#helper
    for (const worker of this.#workers) if (worker !== helper) worker.kill()
    await helper?.ask('clear').catch(() => {})
    helper?.kill()
  }
}

async function connected(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(url)
  await client.connect()

  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
