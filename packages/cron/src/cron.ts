import type { Worker } from '@staffa/core'
import {
  type InsertedJob,
  type PluginMigration,
  type Service,
  type ServiceHost,
  StaffaError,
} from '@staffa/core/plugin'
import { type Changing, type CronChanges, changed } from './change.ts'
import { type Code, type CodeEntries, type CodeEntry, checkCode } from './code.ts'
import { draftOf } from './draft.ts'
import { type CronEntry, checkEntry } from './entry.ts'
import { migrations } from './migrations.ts'
import { type CronOptions, resolveOptions, type Settings } from './options.ts'
import { type Scheduler, scheduler } from './scheduler.ts'
import { type Store, store } from './store.ts'
import type { Row } from './stored.ts'
import { type StoredCron, toStoredCron } from './stored-cron.ts'

/** How often a change begins anew when the entry is changed by another at the same time. */
const tries = 20

/**
 * Inserts jobs again and again: a service, for `services` of `new Staffa`.
 *
 * The entries of the code are stored when it starts, beside those that were inserted at run time. Throws when one of
 * them has an expression, a zone, a name or options that are none; args are checked by the worker's layers at the start.
 */
export function cron<const Workers extends readonly (Worker | string)[]>(
  entries: CodeEntries<Workers>,
  options: CronOptions = {},
): CronService {
  const settings = resolveOptions(options)

  return new CronService(checkCode(entries as unknown as readonly CodeEntry[], settings), settings)
}

/** What the service works with, once it has an instance. */
interface Attached {
  readonly host: ServiceHost
  readonly store: Store
  readonly scheduler: Scheduler
  readonly changing: Changing
}

/** Periodic jobs: the entries of an instance, and what inserts them. Made by {@link cron}. */
export class CronService implements Service {
  readonly plugin = 'cron'
  readonly migrations: readonly PluginMigration[] = migrations
  readonly #code: Code
  readonly #settings: Settings
  /** Workers of entries, which the instance need not run itself. */
  readonly #workers = new Map<string, Worker>()
  #attached: Attached | undefined

  /** Use {@link cron}. */
  constructor(code: Code, settings: Settings) {
    this.#code = code
    this.#settings = settings
    for (const { worker } of code.kept) this.#remember(worker)
  }

  attach(host: ServiceHost): void {
    if (this.#attached) throw new StaffaError('ALREADY_ATTACHED', 'expected cron() to be in one instance, got a second')
    const workerCalled = (name: string) =>
      this.#workers.get(name) ?? (host.registry.has(name) ? host.registry.find(name).worker : undefined)
    const making = { use: host.use, workerCalled }
    const entries = store(host)
    const schedules = scheduler({ host, store: entries, making })
    host.listen('cron', () => schedules.refresh())
    const changing = { ...making, defaults: this.#settings }
    this.#attached = { host, store: entries, scheduler: schedules, changing }
  }

  /** Checks the args of every entry of the code, stores the entries, and begins to insert their jobs. */
  async start(): Promise<void> {
    const { host, store, scheduler } = this.#parts
    const drafts = await Promise.all(this.#code.kept.map((entry) => draftOf(entry, host.use)))
    const names = drafts.map(({ name }) => name)
    if (drafts.length > 0) await store.put(drafts.map((draft) => ({ ...draft, synced: true })))
    if (this.#code.deleted.length > 0) await store.remove(this.#code.deleted)
    if (this.#settings.sync === 'automatic') await store.removeOthers(names)
    scheduler.start()
  }

  async stop(): Promise<void> {
    await this.#attached?.scheduler.stop()
  }

  /** If this node leads: inserts the jobs that are due now, and gives them. The service does so by itself. */
  async tick(): Promise<readonly InsertedJob[]> {
    return this.#parts.scheduler.tick()
  }

  /** Every entry, by name. */
  async list(): Promise<readonly StoredCron[]> {
    return (await this.#parts.store.list()).map(toStoredCron)
  }

  /** The entry of that name, or undefined. */
  async get(name: string): Promise<StoredCron | undefined> {
    const row = await this.#parts.store.find(name)

    return row && toStoredCron(row)
  }

  /** Stores an entry, in place of one of the same name. Its first slot is the next one from now. */
  async insert<const W extends Worker | string>(entry: CronEntry<W>): Promise<StoredCron> {
    const { host, store } = this.#parts
    const draft = await draftOf(checkEntry(entry as unknown as CronEntry, this.#settings), host.use)
    const [row] = await store.put([{ ...draft, synced: false }])
    if (!row) throw new StaffaError('DATABASE_FAILED', 'expected the cron entry to be stored, got nothing back')
    this.#remember(entry.worker)

    return this.#told(row)
  }

  /** Changes an entry. Times missed so far are forgotten when its expression or zone is another one. */
  async update(name: string, changes: CronChanges): Promise<StoredCron | undefined> {
    const { store, changing } = this.#parts
    if (changes.worker !== undefined) this.#remember(changes.worker)
    for (let left = tries; left > 0; left -= 1) {
      const row = await store.find(name)
      if (!row) return undefined
      const written = await store.change(await changed(row, changes, changing), row.version)
      if (written) return this.#told(written)
    }

    throw new StaffaError('CONFLICT', `expected the cron entry ${JSON.stringify(name)} to stay the same for a moment`)
  }

  /** Stops inserting jobs of an entry, until it is resumed. */
  async pause(name: string): Promise<StoredCron | undefined> {
    return this.#setPaused(name, true)
  }

  /** Goes on with an entry, from the next slot on: those of the pause are forgotten. */
  async resume(name: string): Promise<StoredCron | undefined> {
    return this.#setPaused(name, false)
  }

  /** Deletes an entry; tells whether there was one. A start with code that has it stores it again. */
  async delete(name: string): Promise<boolean> {
    const deleted = await this.#parts.store.remove([name])
    if (deleted.length > 0) await this.#parts.host.notify('cron', { deleted: name })

    return deleted.length > 0
  }

  get #parts(): Attached {
    if (this.#attached) return this.#attached

    throw new StaffaError('NOT_ATTACHED', 'expected cron() to be among the services of an instance, got none')
  }

  #remember(worker: Worker | string): void {
    if (typeof worker !== 'string') this.#workers.set(worker.name, worker)
  }

  async #setPaused(name: string, paused: boolean): Promise<StoredCron | undefined> {
    const row = await this.#parts.store.pause(name, paused)

    return row && this.#told(row)
  }

  /** Other nodes look at the table once a minute anyway; the dashboard learns of it at once. */
  async #told(row: Row): Promise<StoredCron> {
    await this.#parts.host.notify('cron', { changed: row.name })

    return toStoredCron(row)
  }
}
