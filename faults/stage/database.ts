import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Change, History, Row, Settlement } from '../history.ts'
import { changesQuery, effectsQuery, openQuery, rowsQuery, settlementsQuery } from '../ledger/tables.ts'
import { named } from '../node/open-pool.ts'

export type Tables = Pick<History, 'changes' | 'rows' | 'settlements' | 'effects'>

/** The database as whoever watches sees it: over a connection of their own, a new one each time. */
export class Database {
  readonly url: string
  readonly schema: string

  constructor(url: string, prefix: string) {
    this.url = named(url, 'watcher')
    this.schema = `"${prefix}"`
  }

  async query<R extends object>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    const client = new pg.Client({ connectionString: this.url })
    client.on('error', () => {}) // whoever waits for the answer is told
    await client.connect()
    try {
      return (await client.query(text, [...values])).rows
    } finally {
      await client.end()
    }
  }

  /** Waits until every job has ended and is settled; tells whether it came to that in time. */
  async quiet(patience: number): Promise<boolean> {
    const until = performance.now() + patience
    while (performance.now() < until) {
      const [row] = await this.query<{ open: number }>(openQuery(this.schema))
      if (row?.open === 0) return true
      await sleep(200)
    }

    return false
  }

  /** Reads all tables as they are at one moment: work may still go on. */
  async read(): Promise<Tables> {
    const client = new pg.Client({ connectionString: this.url })
    await client.connect()
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')

      return await readTables(async (text) => (await client.query(text)).rows, this.schema)
    } finally {
      await client.end()
    }
  }
}

/** Runs a statement that takes no parameters. */
export type Ask = <R extends object>(text: string) => Promise<readonly R[]>

/** Reads what the tables of a schema tell of its jobs. */
export async function readTables(ask: Ask, schema: string): Promise<Tables> {
  const changes = await ask<Nullable<Change>>(changesQuery(schema))
  const effects = await ask<{ job: number }>(effectsQuery(schema))

  return {
    changes: changes.map((change) => withoutNulls(change) as unknown as Change),
    rows: await ask<Row>(rowsQuery(schema)),
    settlements: await ask<Settlement>(settlementsQuery(schema)),
    effects: effects.map(({ job }) => job),
  }
}

type Nullable<T> = { [K in keyof T]: T[K] | null }

function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}
