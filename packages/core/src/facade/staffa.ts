import type { Notice } from '../engine/notice.ts'
import type { InsertedJob, NewJob } from '../job/job.ts'
import type { Client, InsertOptions, NewJobs, NotifyOptions } from '../layers/client.ts'
import type { AnyPlugin } from '../layers/plugin.ts'
import type { Drained } from '../runtime/drainer.ts'
import { expected, StaffaError } from '../support/errors.ts'
import { assemble, type Parts } from './assemble.ts'
import { type Config, resolveConfig } from './config.ts'
import type { DrainSettings } from './drain.ts'
import { checkSite, type MigrateOptions, migrateSite } from './migrations.ts'
import { checkChannel, checkNotice, checkNotifyOptions } from './notice.ts'
import type { StaffaOptions } from './options.ts'

/** The one object that applications hold. Making it opens nothing. */
export class Staffa implements Client, AsyncDisposable {
  readonly name: string
  readonly node: string
  /** The layers around every worker's own, from the database inwards. */
  readonly use: readonly AnyPlugin[]
  /** Reads and changes jobs that are stored. */
  readonly jobs: Parts['jobs']
  /** Works the queues at run time: here, on one node, or on all. */
  readonly queues: Parts['queues']
  readonly #config: Config
  readonly #parts: Parts
  #state: 'new' | 'started' | 'stopped' = 'new'
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: StaffaOptions) {
    const config = resolveConfig(options)
    this.#config = config
    this.name = config.name
    this.node = config.node
    this.use = config.use
    this.#parts = assemble(config, this, () => this.#state === 'started' && !config.testing)
    this.jobs = this.#parts.jobs
    this.queues = this.#parts.queues
  }

  /** Brings the database up to date. Safe to call again, and from several programs at once. */
  async migrate(options?: MigrateOptions): Promise<void> {
    await migrateSite(this.#config, options)
  }

  /** Begins to work the queues. A second call does nothing; one that failed may be repeated. */
  async start(): Promise<void> {
    if (this.#stopping) throw new StaffaError('STOPPED', 'expected a new instance to start, got a stopped one')
    this.#starting ??= this.#begin()
    await this.#starting
  }

  /** Stops: running jobs may end within the grace period, what has not begun is given back. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#end()
    await this.#stopping
  }

  /** Inserts a job; resolves when it is stored. Calls of the same moment share one statement. */
  insert<Result>(job: NewJob<Result>, options: InsertOptions = {}): Promise<InsertedJob<Result>> {
    return this.#parts.inserts.insert(job, options) as Promise<InsertedJob<Result>>
  }

  /**
   * Inserts many jobs, in batches. A list is inserted whole or not at all; what arrives from an async iterable is
   * inserted batch by batch, unless the caller's transaction holds it together.
   */
  async insertAll<Result>(jobs: NewJobs<Result>, options: InsertOptions = {}): Promise<readonly InsertedJob<Result>[]> {
    return (await this.#parts.inserts.insertAll(jobs, options)) as readonly InsertedJob<Result>[]
  }

  /** Runs what a queue holds, in the caller's own time and without starting: for tests, scripts and serverless hosts. */
  async drain(settings: DrainSettings): Promise<Drained> {
    return this.#parts.drain(settings)
  }

  /** Sends a notice to everybody who listens to that channel of this schema: at once, or when the transaction commits. */
  async notify(channel: string, notice: object, options: NotifyOptions = {}): Promise<void> {
    const { transaction } = checkNotifyOptions(options)
    await this.#parts.notify(checkChannel(channel, this.#config.names), checkNotice(notice), transaction)
  }

  /**
   * Hears the notices of a channel. `onListening` is called when listening begins, also again after an interruption,
   * since something may have been missed; never where the database has no notices. Returns what ends it.
   */
  listen(channel: string, onNotice: (notice: Notice) => void, onListening?: () => void): () => void {
    if (this.#stopping)
      throw new StaffaError('STOPPED', 'expected an instance to listen that is in use, got a stopped one')

    checkChannel(channel, this.#config.names)
    if (typeof onNotice !== 'function') throw expected('onNotice', 'a function', onNotice)

    return this.#parts.node.notifier.subscribe({ channel, onNotice, onListening })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #begin(): Promise<void> {
    this.#state = 'started'
    try {
      const check = () => checkSite(this.#config)
      await (this.#config.testing ? check() : this.#parts.node.start(check))
    } catch (error) {
      this.#state = 'new'
      this.#starting = undefined
      throw error
    }
  }

  async #end(): Promise<void> {
    await this.#starting?.catch(() => {}) // whoever started it is told
    this.#state = 'stopped'
    await this.#parts.node.stop()
    await this.#config.database.close()
  }
}
