import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Database } from '../database.ts'
import { Lanes } from './lanes.ts'
import { postgres } from './pg.ts'
import type { PgPool } from './pg-pool.ts'
import { type OpenClient, Spare } from './spare.ts'

const session = { name: '', text: 'SELECT pg_backend_pid()' }
const urgent = { ...session, brief: true, within: 5_000 }

/** A database with one connection, and the name that its sessions have. */
function opened() {
  const name = randomUUID()
  const url = new URL(inject('databaseUrl'))
  url.searchParams.set('application_name', name)
  const database = postgres(url.href, { connections: 1 })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= database.close())
  onTestFinished(close)

  return { database, name, close }
}

async function sessionOf(database: Database, statement = session): Promise<unknown> {
  const { rows } = await database.query(statement, [])

  return rows[0]?.[0]
}

/** Works while the only connection is in use, of which it is told the session. */
async function whileInUse<T>(database: Database, work: (taken: unknown) => Promise<T>): Promise<T> {
  return database.transaction(async (transaction) => work((await transaction.query(session, [])).rows[0]?.[0]))
}

/** Waits until a database has so many sessions. */
async function untilSessions(name: string, count: number): Promise<void> {
  const observer = postgres(inject('databaseUrl'), { connections: 1 })
  onTestFinished(() => observer.close())
  const text = 'SELECT count(*)::int FROM pg_stat_activity WHERE application_name = $1'
  await vi.waitFor(async () => expect((await observer.query({ name: '', text }, [name])).rows).toEqual([[`${count}`]]))
}

test('what cannot wait gets a connection beside the pool’s while all are in use, and the same one again', async () => {
  const { database, name } = opened()
  await whileInUse(database, async (taken) => {
    const first = await sessionOf(database, urgent)

    expect(first).not.toBe(taken)
    expect(await sessionOf(database, urgent)).toBe(first)
    await untilSessions(name, 2)
  })
})

test('the connection beside the pool’s is closed when what cannot wait finds a free one', async () => {
  const { database, name } = opened()
  const taken = await whileInUse(database, async (each) => {
    await sessionOf(database, urgent)
    return each
  })

  expect(await sessionOf(database, urgent)).toBe(taken)
  await untilSessions(name, 1)
})

test('there is one beside the pool’s at most', async () => {
  const { database } = opened()
  const second = await whileInUse(database, async (taken) => {
    const both = Promise.all([sessionOf(database, urgent), sessionOf(database, urgent)])
    return { both, taken }
  })

  expect(await second.both).toContain(second.taken)
})

test('one that has ended while it waited is not lent again', async () => {
  const { database, name } = opened()
  await whileInUse(database, async () => {
    const first = await sessionOf(database, urgent)
    const observer = postgres(inject('databaseUrl'), { connections: 1 })
    onTestFinished(() => observer.close())
    await observer.query({ name: '', text: 'SELECT pg_terminate_backend($1::text::int, 5000)' }, [String(first)])
    await untilSessions(name, 1)
    await vi.waitFor(async () => expect(await sessionOf(database, urgent)).not.toBe(first))
  })
})

test('where the server gives none, what cannot wait has to', async () => {
  const pool = new pg.Pool({ connectionString: inject('databaseUrl'), max: 1 })
  const open = vi.fn<OpenClient>().mockRejectedValue(new Error('sorry, too many clients already'))
  const spare = new Spare(new Lanes(pool as unknown as PgPool), open)
  onTestFinished(() => pool.end())
  const taken = await spare.connect()
  const next = spare.connect(undefined, true)
  spare.release(taken, { lane: undefined, failed: undefined })
  const client = await next
  spare.release(client, { lane: undefined, failed: undefined })

  expect(client).toBe(taken)
  expect(open).toHaveBeenCalledOnce()
})

test('closing ends it, and leaves no session', async () => {
  const { database, name, close } = opened()
  await whileInUse(database, () => sessionOf(database, urgent))
  await close()

  await untilSessions(name, 0)
})
