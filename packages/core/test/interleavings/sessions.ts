import { type TestStaffa, testStaffa } from '@staffa/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject, vi } from 'vitest'
import type { Database, Queryable } from '../../src/engine/database.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { namesIn } from '../../src/engine/names.ts'
import { postgresEngine } from '../../src/engine/postgres/index.ts'
import { telemetry } from '../../src/support/telemetry.ts'
import { quiet } from '../behaviour/kit.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** One connection, and the engine's verbs on it alone. */
export interface Session {
  readonly pid: number
  readonly engine: Engine
  readonly on: Queryable
  /** Runs SQL; gives the rows as arrays of text. */
  readonly sql: (text: string) => Promise<readonly (readonly unknown[])[]>
}

/** Two sessions that get into each other's way, and a third that watches them and the table. */
export interface Sessions {
  readonly staffa: TestStaffa
  readonly jobs: string
  readonly a: Session
  readonly b: Session
  readonly watcher: Session
}

/** Opens sessions for tests on tables that are empty when each begins. What the verbs say may be spoilt on its way. */
export function sessions(spoil: (text: string) => string = (text) => text): () => Sessions {
  let opened: Sessions | undefined
  const clients: pg.Client[] = []

  async function open(staffa: TestStaffa): Promise<Session> {
    const client = new pg.Client({ connectionString: inject('databaseUrl') })
    await client.connect()
    clients.push(client)

    return sessionOn(client, staffa, spoil)
  }

  beforeAll(async () => {
    const staffa = await testStaffa({ logger: quiet, database: inject('databaseUrl') })
    const [a, b, watcher] = [await open(staffa), await open(staffa), await open(staffa)]
    opened = { staffa, jobs: namesIn(staffa.prefix).jobs, a, b, watcher }
  })
  beforeEach(async () => {
    const { watcher, jobs, staffa } = opened as Sessions
    await watcher.sql(`DELETE FROM ${jobs}`)
    await watcher.sql(`DELETE FROM ${namesIn(staffa.prefix).producers}`)
  })
  afterAll(async () => {
    for (const client of clients) await client.end()
    await opened?.staffa[Symbol.asyncDispose]()
  })

  return () => opened as Sessions
}

async function sessionOn(
  client: pg.Client,
  { database, prefix }: TestStaffa,
  spoil: (text: string) => string,
): Promise<Session> {
  const asText = { getTypeParser: () => (value: string) => value }
  const query: Queryable['query'] = async ({ text }, values) => {
    const { rows, rowCount } = await client.query({
      text: spoil(text),
      values: [...values],
      rowMode: 'array',
      types: asText,
    })

    return { rows, count: rowCount ?? 0 }
  }
  const sql = async (text: string) => (await query({ name: '', text }, [])).rows
  const [[pid] = []] = await sql('SELECT pg_backend_pid()')
  const transaction: Database['transaction'] = async (work) => {
    await sql('BEGIN')
    const result = await work({ query })
    await sql('COMMIT')

    return result
  }
  const own: Database = { ...database, query, transaction }
  const clock = { now: () => new Date(), authoritative: false }
  const engine = postgresEngine({ database: own, names: namesIn(prefix), clock }, telemetry({ instance: '', node: '' }))

  return { pid: Number(pid), engine, on: { query }, sql }
}

export interface Meeting<First, Second> {
  /** Done in a transaction that is still open when the second begins. */
  readonly first: (session: Session) => Promise<First>
  readonly second: (session: Session) => Promise<Second>
  /** How that transaction ends: once the second waits for it, or has come to its end without. */
  readonly end: 'COMMIT' | 'ROLLBACK'
}

export interface Met<First, Second> {
  readonly first: First
  /** Whether the second had to wait for the first. */
  readonly waited: boolean
  readonly second: Second
}

/** Has two sessions meet at a known point: nothing here depends on which of them is faster. */
export async function meet<First, Second>(
  { a, b, watcher }: Sessions,
  { first, second, end }: Meeting<First, Second>,
): Promise<Met<First, Second>> {
  await a.sql('BEGIN')
  try {
    const got = await first(a)
    const going = second(b)
    const waited = await waits(going, { a, b, watcher })
    await a.sql(end)

    return { first: got, waited, second: await going }
  } catch (error) {
    await a.sql('ROLLBACK')
    throw error
  }
}

/** Whether some work of session B comes to wait for A; otherwise it ends. */
async function waits(going: Promise<unknown>, { a, b, watcher }: Omit<Sessions, 'staffa' | 'jobs'>): Promise<boolean> {
  let over = false
  const done = going.finally(() => {
    over = true
  })
  const look = async () => {
    const [[blocked] = []] = await watcher.sql(`SELECT ${a.pid} = ANY (pg_blocking_pids(${b.pid}))`)

    return over || blocked === 't'
  }
  const seen = expect.poll(look, { interval: 2 }).toBe(true)
  await Promise.race([done, seen])
  await seen

  return !over
}
