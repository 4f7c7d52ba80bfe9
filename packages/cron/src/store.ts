import { type Queryable, run, type Value } from '@staffa/core/internal'
import type { ServiceHost } from '@staffa/core/plugin'
import { statements } from './sql.ts'
import type { Row, StoredOptions } from './stored.ts'
import type { Minute } from './zone.ts'

/** An entry to write. */
export interface Draft {
  readonly name: string
  readonly expression: string
  readonly worker: string
  readonly opts: StoredOptions
  /** Undefined to leave it as it is, which is false for a new one. */
  readonly paused: boolean | undefined
  /** Whether the entry is one of the code, so that the code may also delete it. */
  readonly synced: boolean
}

/** A slot to insert a job for. */
export interface Due {
  readonly row: Row
  readonly minute: Minute
}

/** The entries in the database. */
export interface Store {
  /** Milliseconds since 1970, by the database's clock unless another one rules. */
  now(): Promise<number>
  list(): Promise<readonly Row[]>
  find(name: string): Promise<Row | undefined>
  /** Inserts entries, or changes those of the same names. */
  put(drafts: readonly Draft[]): Promise<readonly Row[]>
  /** Changes an entry, unless it has another version by now. */
  change(draft: Omit<Draft, 'synced'>, version: string): Promise<Row | undefined>
  pause(name: string, paused: boolean): Promise<Row | undefined>
  /** Deletes the entries of these names; gives the names of those that were there. */
  remove(names: readonly string[]): Promise<readonly string[]>
  /** Deletes the entries that come from code but are not among these. */
  removeOthers(names: readonly string[]): Promise<readonly string[]>
  /** Moves entries on to their slots; gives the names of those that were not there yet, whose jobs are to be inserted. */
  claim(due: readonly Due[], on: Queryable): Promise<ReadonlySet<string>>
}

/** Reaches the entries through the instance. */
export function store({ database, names, clock }: Pick<ServiceHost, 'database' | 'names' | 'clock'>): Store {
  const all = statements(names)
  const present = (): Value => (clock.authoritative ? clock.now().getTime() : null)
  const rows = (verb: keyof typeof all, values: readonly Value[], on?: Queryable) =>
    run({ database, names, clock }, all[verb], { values, on })
  const one = async (verb: keyof typeof all, values: readonly Value[]) => (await rows(verb, values)).map(toRow)[0]
  const texts = (list: readonly string[]) => list.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`)

  return {
    now: async () => (clock.authoritative ? clock.now().getTime() : Number((await rows('now', [null]))[0]?.[0])),
    list: async () => (await rows('list', [])).map(toRow),
    find: (name) => one('find', [name]),
    put: async (drafts) => (await rows('put', [JSON.stringify(drafts), present()])).map(toRow),
    change: (draft, version) => one('change', [JSON.stringify([draft]), present(), version]),
    pause: (name, paused) => one('pause', [name, present(), paused]),
    remove: async (list) => (await rows('remove', [`{${texts(list)}}`])).map(([name]) => String(name)),
    removeOthers: async (list) => (await rows('removeOthers', [`{${texts(list)}}`])).map(([name]) => String(name)),
    claim: async (due, on) => {
      const slots = due.map(({ row: { name, version, opts }, minute }) => ({
        name,
        minute,
        version,
        late: opts.guaranteed,
      }))

      return new Set((await rows('claim', [JSON.stringify(slots), present()], on)).map(([name]) => String(name)))
    },
  }
}

function toRow([
  name,
  expression,
  worker,
  opts,
  paused,
  lastSlot,
  version,
  insertedAt,
  updatedAt,
]: readonly unknown[]): Row {
  return Object.freeze({
    name: String(name),
    expression: String(expression),
    worker: String(worker),
    opts: toOpts(JSON.parse(String(opts))),
    paused: paused === 'true',
    lastSlot: Number(lastSlot),
    version: String(version),
    insertedAt: new Date(Number(insertedAt)),
    updatedAt: new Date(Number(updatedAt)),
  })
}

/** A stranger may have stored what is no object: nothing of it can be used, as the entry then tells by its zone. */
function toOpts(stored: unknown): StoredOptions {
  const isObject = typeof stored === 'object' && stored !== null && !Array.isArray(stored)

  return (isObject ? stored : {}) as StoredOptions
}
