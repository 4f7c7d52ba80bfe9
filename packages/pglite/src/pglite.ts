import { PGlite, type PGliteInterface, type Transaction } from '@electric-sql/pglite'
import type { Database, Listener, ListenOptions, Queryable, Row, Rows, Statement, Value } from '@staffa/core/internal'
import { Kysely, PGliteDialect } from 'kysely'
import { lock, type Unlock } from './lock.ts'

export interface PGliteOptions {
  /** Whether commits wait for the file system. Defaults to true: an acknowledged job stays acknowledged. */
  readonly durable?: boolean | undefined
}

/**
 * The embedded database as an adapter: PostgreSQL inside this process.
 *
 * Takes the directory that holds the data, which is made when it is missing, or an instance of PGlite, which is then
 * left open. Without either, data lives in memory. One process at a time may open a directory.
 */
export function pglite(source?: string | PGliteInterface, { durable = true }: PGliteOptions = {}): Database {
  const owned = typeof source !== 'object'
  const directory = directoryOf(source)
  let unlock: Unlock | undefined
  let opened = Number.POSITIVE_INFINITY
  const create = () => PGlite.create((source as string | undefined) ?? 'memory://', { relaxedDurability: !durable })
  const open = once(async () => {
    if (!owned) return source
    if (directory === undefined) return create()
    unlock = await lock(directory)
    opened = performance.now()

    return create().catch(async (error: unknown) => {
      await unlock?.()
      throw error
    })
  })
  const kysely = new Kysely<object>({ dialect: new PGliteDialect({ pglite: open as never }) })

  return {
    kysely,
    query: async (statement, values) => ask(await open(), statement, values),
    transaction: async (work) => {
      const database = await open()
      const result = await database.transaction((transaction) => work(queryable(transaction)))

      return result as never
    },
    listen: async (options) => listenOn(await open(), options),
    exclusiveFor: directory !== undefined ? () => Math.max(0, performance.now() - opened) : undefined,
    close: async () => {
      const started = owned ? await open.started : undefined
      await started?.close()
      await unlock?.()
    },
  }
}

/** Data that lies in a directory is found again by the next process; everything else is in memory, or the caller's. */
function directoryOf(source: string | PGliteInterface | undefined): string | undefined {
  if (typeof source !== 'string' || /^(?!file:)\w+:\/\//.test(source)) return undefined

  return source.replace(/^file:\/\//, '')
}

interface Once<T> {
  (): Promise<T>
  started: Promise<T> | undefined
}

function once<T>(begin: () => Promise<T>): Once<T> {
  const call: Once<T> = Object.assign(
    () => {
      call.started ??= begin().catch((error: unknown) => {
        call.started = undefined // what stood in the way may be gone the next time
        throw error
      })

      return call.started
    },
    { started: undefined },
  )

  return call
}

function queryable(transaction: Transaction): Queryable {
  return { query: (statement, values) => ask(transaction, statement, values) }
}

async function ask(on: Pick<PGliteInterface, 'query'>, { text }: Statement, values: readonly Value[]): Promise<Rows> {
  const { rows, affectedRows } = await on.query<unknown[]>(text, [...values], { rowMode: 'array' })

  return { rows: rows as readonly Row[], count: affectedRows ?? rows.length }
}

async function listenOn(database: PGliteInterface, { channels, onNotice }: ListenOptions): Promise<Listener> {
  const heard: { readonly name: string; readonly hear: (payload: string) => void }[] = []
  const listen = async (channel: string) => {
    const hear = (payload: string) => onNotice(channel, payload)
    heard.push({ name: quoted(channel), hear })
    await database.listen(quoted(channel), hear)
  }
  for (const channel of channels) await listen(channel)

  return {
    listen,
    ping: async () => {},
    close: async () => {
      for (const { name, hear } of heard) await database.unlisten(name, hear)
    },
  }
}

function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`
}
