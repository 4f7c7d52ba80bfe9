import { queryableOf } from '../engine/connect/transaction.ts'
import { checkMigrated, migrate } from '../engine/migrations/migrate.ts'
import type { InsertedJob, NewJob } from '../job/job.ts'
import type { Client, InsertOptions, NewJobs } from '../layers/client.ts'
import type { AnyPlugin } from '../layers/plugin.ts'
import { prepare } from '../layers/prepare.ts'
import { StaffaError } from '../support/errors.ts'
import { assemble, type Parts } from './assemble.ts'
import { type Config, resolveConfig } from './config.ts'
import { insertInBatches } from './insert-all.ts'
import { Jobs } from './jobs.ts'
import type { StaffaOptions } from './options.ts'

/** The one object that applications hold. Making it opens nothing. */
export class Staffa implements Client, AsyncDisposable {
  readonly name: string
  readonly node: string
  /** The layers around every worker's own, from the database inwards. */
  readonly use: readonly AnyPlugin[]
  /** Reads and changes jobs that are stored. */
  readonly jobs: Jobs
  readonly #config: Config
  readonly #parts: Parts
  #state: 'new' | 'started' | 'stopped' = 'new'

  constructor(options: StaffaOptions) {
    const config = resolveConfig(options)
    this.#config = config
    this.name = config.name
    this.node = config.node
    this.use = config.use
    this.#parts = assemble(config, this)
    this.jobs = new Jobs(this.#parts.engine)
  }

  /** Brings the database up to date. Safe to call again, and from several programs at once. */
  async migrate(): Promise<void> {
    await migrate(this.#config.database, this.#config.names)
  }

  /** Begins to work the queues. A second call does nothing. */
  async start(): Promise<void> {
    if (this.#state === 'started') return
    if (this.#state === 'stopped')
      throw new StaffaError('STOPPED', 'expected a new instance to start, got a stopped one')
    this.#state = 'started'
    try {
      await checkMigrated(this.#config.database, this.#config.names)
      await this.#parts.node.start()
    } catch (error) {
      this.#state = 'new'
      throw error
    }
  }

  /** Stops: running jobs may end within the grace period, what has not begun is given back. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    await this.#parts.node.stop()
    await this.#config.database.close()
  }

  /** Inserts a job; resolves when it is stored. Calls of the same moment share one statement. */
  async insert<Result>(job: NewJob<Result>, options: InsertOptions = {}): Promise<InsertedJob<Result>> {
    const { transaction } = options
    const prepared = await prepare(job, this.#config.use)
    if (transaction !== undefined) {
      const [inserted] = await this.#parts.engine.insertJobs([prepared], { on: queryableOf(transaction) })

      return inserted as InsertedJob<Result>
    }
    const inserted = await this.#parts.inserter.insert(prepared)
    this.#nudge([inserted])

    return inserted as InsertedJob<Result>
  }

  /**
   * Inserts many jobs, in batches. A list is inserted whole or not at all; what arrives from an async iterable is
   * inserted batch by batch, unless the caller's transaction holds it together.
   */
  async insertAll<Result>(jobs: NewJobs<Result>, options: InsertOptions = {}): Promise<readonly InsertedJob<Result>[]> {
    const on = options.transaction === undefined ? undefined : queryableOf(options.transaction)
    const inserted = await insertInBatches(jobs, { engine: this.#parts.engine, use: this.#config.use, on })
    if (!on) this.#nudge(inserted)

    return inserted as readonly InsertedJob<Result>[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** This node need not wait for its own notice. */
  #nudge(inserted: readonly InsertedJob[]): void {
    const runnable = inserted.filter(({ state, conflict }) => state === 'available' && !conflict)
    if (this.#state === 'started') this.#parts.node.producers.nudge(new Set(runnable.map(({ queue }) => queue)))
  }
}
