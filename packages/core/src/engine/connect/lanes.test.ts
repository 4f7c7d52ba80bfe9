import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { Database } from '../database.ts'
import { Lanes } from './lanes.ts'
import { postgres } from './pg.ts'
import type { PgClient, PgPool } from './pg-pool.ts'

const url = () => inject('databaseUrl')

/** The session that runs a statement of a kind, or any. */
async function sessionOf(database: Database, lane?: string): Promise<unknown> {
  const { rows } = await database.query({ name: '', text: 'SELECT pg_backend_pid()', lane }, [])

  return rows[0]?.[0]
}

function opened(connections?: number): Database {
  const database = postgres(url(), { connections })
  onTestFinished(() => database.close())

  return database
}

/** A pool, the lanes that lend its connections, and what becomes of them. */
function lanesOn(max: number, now?: () => number) {
  const pool = new pg.Pool({ connectionString: url(), max })
  pool.on('error', () => {})
  const lanes = new Lanes(pool as unknown as PgPool, now)
  onTestFinished(async () => {
    lanes.close()
    if (!pool.ended) await pool.end()
  })
  const give = (client: PgClient, lane?: string) => lanes.release(client, { lane, failed: undefined })

  return { pool, lanes, give }
}

describe('a statement of a busy kind', () => {
  test('goes to the session that ran the last one, whatever ran beside it', async () => {
    const database = opened()
    const first = await sessionOf(database, 'fetch')
    const beside = await Promise.all([sessionOf(database), sessionOf(database, 'ack'), sessionOf(database)])

    expect(await sessionOf(database, 'fetch')).toBe(first)
    expect(beside).not.toContain(first)
    expect(await sessionOf(database, 'ack')).toBe(beside[1])
    expect(await sessionOf(database)).not.toBe(first)
  })

  test('goes elsewhere while that session is busy', async () => {
    const database = opened()
    const [first, second] = await Promise.all([sessionOf(database, 'fetch'), sessionOf(database, 'fetch')])

    expect(second).not.toBe(first)
    expect([first, second]).toContain(await sessionOf(database, 'fetch'))
  })

  test('goes to any other session when its own has failed', async () => {
    const database = opened()
    const first = await sessionOf(database, 'fetch')
    const cut = { name: '', text: 'SELECT pg_terminate_backend(pg_backend_pid())', lane: 'fetch' }
    await expect(database.query(cut, [])).rejects.toThrow()

    expect(await sessionOf(database, 'fetch')).not.toBe(first)
  })
})

describe('a session that waits for statements of its kind', () => {
  test('serves others before they have to wait', async () => {
    const database = opened(1)
    const session = await sessionOf(database, 'fetch')
    const inTransaction = await database.transaction(async (transaction) => {
      const { rows } = await transaction.query({ name: '', text: 'SELECT pg_backend_pid()' }, [])

      return rows[0]?.[0]
    })

    expect([inTransaction, await sessionOf(database), await sessionOf(database, 'ack')]).toEqual(Array(3).fill(session))
  })

  test('is given to whoever waits already', async () => {
    const { lanes, pool, give } = lanesOn(1)
    const client = await lanes.connect('fetch')
    const waits = lanes.connect()
    expect(pool.waitingCount).toBe(1)
    give(client, 'fetch')

    expect(await waits).toBe(client)
    give(client)
  })

  test('goes back to the pool with the next statement after a second, and is listened to no longer', async () => {
    let now = 0
    const { lanes, pool, give } = lanesOn(3, () => now)
    const [client, other] = [await lanes.connect('fetch'), await lanes.connect()]
    const listeners = () => ['error', 'end'].map((event) => (client as unknown as pg.Client).listenerCount(event))
    const before = listeners()
    give(client, 'fetch')
    give(other)
    const idleAt = async (time: number) => {
      now = time
      give(await lanes.connect())

      return pool.idleCount
    }

    expect([await idleAt(999), await idleAt(1_000)]).toEqual([1, 2])
    expect(listeners()).toEqual(before.map((count, event) => count + (event === 0 ? 1 : 0))) // the pool's own
  })

  test('is closed with the next statement after ten seconds, when it may long be forgotten', async () => {
    let now = 0
    const { lanes, pool, give } = lanesOn(2, () => now)
    const client = await lanes.connect('fetch')
    give(client, 'fetch')
    now = 10_000
    const another = await lanes.connect('fetch')

    expect(another).not.toBe(client)
    expect(pool.totalCount).toBe(1)
    give(another)
  })

  test('is replaced when it is cut meanwhile', async () => {
    const { lanes, pool, give } = lanesOn(2)
    const client = await lanes.connect('fetch')
    const { processID } = client as unknown as { processID: number }
    give(client, 'fetch')
    const removed = new Promise((resolve) => pool.once('remove', resolve))
    await pool.query('SELECT pg_terminate_backend($1::int, 5000)', [processID])
    await removed
    const another = await lanes.connect('fetch')

    expect(another).not.toBe(client)
    give(another)
  })

  test('is given back when the lanes are closed, and so is what comes back later', async () => {
    const { lanes, pool, give } = lanesOn(2)
    const [fetching, other] = [await lanes.connect('fetch'), await lanes.connect('ack')]
    give(fetching, 'fetch')
    lanes.close()
    expect(pool.idleCount).toBe(1)
    give(other, 'ack')

    expect(pool.idleCount).toBe(2)
  })
})

test("a caller's pool has its connections back at once", async () => {
  const pool = new pg.Pool({ connectionString: url(), max: 2 })
  onTestFinished(() => pool.end())
  await sessionOf(postgres(pool), 'fetch')

  expect(pool.idleCount).toBe(1)
})
