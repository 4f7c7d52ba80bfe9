import { randomUUID } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { getHeapSpaceStatistics } from 'node:v8'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { Database, Listener } from '../database.ts'
import { type PostgresOptions, postgres } from './pg.ts'

const url = () => inject('databaseUrl')
const sql = (text: string) => ({ name: '', text })

function opened(options?: PostgresOptions): Database {
  const database = postgres(url(), options)
  onTestFinished(() => database.close())

  return database
}

/** A pool of the caller's, with the names of its sessions. */
function aPool(max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url(), max, application_name: randomUUID() })
  onTestFinished(() => (pool.ended ? undefined : pool.end()))

  return pool
}

async function terminate(pid: unknown): Promise<void> {
  await opened().query(sql('SELECT pg_terminate_backend($1::text::int, 5000)'), [String(pid)])
}

describe('a transaction', () => {
  test('commits when its work resolves, and rolls back when that rejects', async () => {
    const database = opened()
    const table = `pg_test_${randomUUID().replaceAll('-', '')}`
    onTestFinished(async () => void (await database.query(sql(`DROP TABLE IF EXISTS ${table}`), [])))
    await database.query(sql(`CREATE TABLE ${table} (n int)`), [])
    const add = (n: number, end: () => unknown) =>
      database.transaction(async (transaction) => {
        await transaction.query(sql(`INSERT INTO ${table} VALUES ($1::text::int)`), [n])
        return end()
      })

    expect(await add(1, () => 'done')).toBe('done')
    await expect(add(2, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(add(3, () => database.query(sql('SELECT 1/0'), []))).rejects.toMatchObject({ code: '22012' })
    expect((await database.query(sql(`SELECT n FROM ${table}`), [])).rows).toEqual([['1']])
  })

  test('whose connection is cut between two statements rejects, and takes nothing down with it', async () => {
    const pool = aPool(1)
    const database = postgres(pool)
    const errors: unknown[] = []
    const lent = new Promise<pg.PoolClient>((resolve) => pool.once('acquire', resolve))
    const work = database.transaction(async (transaction) => {
      const client = await lent
      const ended = new Promise((resolve) => client.once('end', resolve))
      const { rows } = await transaction.query(sql('SELECT pg_backend_pid()'), [])
      await terminate(rows[0]?.[0])
      await ended
      await transaction.query(sql('SELECT 1'), []).catch((error: unknown) => {
        errors.push(error)
        throw error
      })
    })
    const error = await work.catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(Error)
    expect(errors).toEqual([error])
    expect((await database.query(sql('SELECT 1'), [])).rows).toEqual([['1']])
  })

  test('gives its connection back, whatever became of it, and listens to it no longer', async () => {
    const pool = aPool(1)
    const database = postgres(pool)
    for (let times = 0; times < 20; times += 1) {
      await database.transaction(async () => times % 2 || Promise.reject(new Error('no'))).catch(() => {})
    }
    const client = await pool.connect()

    expect(client.listenerCount('error')).toBeLessThan(3)
    client.release()
    expect(pool.totalCount).toBe(1)
  })
})

/** A server that greets whoever comes, and hangs up in the same breath. */
async function rudeServer(): Promise<string> {
  const message = (type: string, body: string) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)

    return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
  }
  const greeting = [message('R', '\0\0\0\0'), message('Z', 'I')]
  const farewell = message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat([...greeting, farewell])))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo

  return `postgres://ann@127.0.0.1:${port}/jobs`
}

describe('a connection that is cut as it opens', () => {
  test.each<[string, (database: Database) => Promise<unknown> | undefined]>([
    ['a query', (database) => database.query(sql('SELECT 1'), [])],
    ['a transaction', (database) => database.transaction((transaction) => transaction.query(sql('SELECT 1'), []))],
    ['listening', (database) => database.listen?.({ channels: ['any'], onNotice: () => {}, onLost: () => {} })],
  ])('fails %s, and nothing else', async (_, use) => {
    const url = await rudeServer()
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    onTestFinished(() => pool.end())
    for (const database of [postgres(url), postgres(pool)]) {
      onTestFinished(() => database.close())
      await expect(use(database)).rejects.toThrow()
      await expect(use(database)).rejects.toThrow()
    }
  })
})

describe("a caller's pool", () => {
  test('stays open, and is left as it was', async () => {
    const pool = aPool(2)
    const before = pool.listenerCount('error')
    for (let times = 0; times < 20; times += 1) await postgres(pool).close()

    expect(pool.listenerCount('error')).toBe(before)
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('may lose a connection that nobody uses', async () => {
    const pool = aPool(1)
    const database = postgres(pool)
    const { rows } = await database.query(sql('SELECT pg_backend_pid()'), [])
    const removed = new Promise((resolve) => pool.once('remove', resolve))
    await terminate(rows[0]?.[0])
    await removed

    expect((await database.query(sql('SELECT 1'), [])).rows).toEqual([['1']])
  })

  test('may parse types as it likes: rows come as text', async () => {
    const types = { getTypeParser: () => () => 'parsed' }
    const pool = new pg.Pool({ connectionString: url(), max: 1, types })
    onTestFinished(() => pool.end())

    const { rows } = await postgres(pool).query(sql(`SELECT 1, true, now() IS NOT NULL, '{"a": 1}'::jsonb, NULL`), [])
    expect(rows).toEqual([['1', 't', 't', '{"a": 1}', null]])
  })
})

test('a pool of its own is ended', async () => {
  const database = postgres(url())
  await database.query(sql('SELECT 1'), [])
  await database.close()

  await expect(database.query(sql('SELECT 1'), [])).rejects.toThrow(/end/)
})

test('a statement is kept prepared where it may be, and where sessions are not shared', async () => {
  const statement = { name: 'staffa_prepared_probe', text: 'SELECT 1' }
  const count = sql(`SELECT count(*) FROM pg_prepared_statements WHERE name = 'staffa_prepared_probe'`)
  for (const [prepare, kept, prepared] of [
    [true, true, '1'],
    [true, false, '0'],
    [false, true, '0'],
  ] as const) {
    const database = postgres(aPool(1), { prepare, listen: false })
    await database.query({ ...statement, kept }, [])

    expect((await database.query(count, [])).rows).toEqual([[prepared]])
  }
})

describe('listening', () => {
  async function listening(database: Database, channel: string) {
    const heard: string[] = []
    const waiting: (() => void)[] = []
    const lost = Promise.withResolvers<unknown>()
    const onNotice = (on: string, payload: string) => {
      heard.push(`${on}: ${payload}`)
      for (const wake of waiting.splice(0)) wake()
    }
    const listener = (await database.listen?.({ channels: [channel], onNotice, onLost: lost.resolve })) as Listener
    const next = () => new Promise<void>((resolve) => waiting.push(resolve))

    return { heard, listener, lost: lost.promise, next }
  }

  test('hears the channels that it began with, and those that it added', async () => {
    const database = opened()
    const { heard, listener, next } = await listening(database, 'Odd "name"')
    await listener.listen('added.later')
    for (const channel of ['Odd "name"', 'added.later', 'not listened to']) {
      const heardIt = next()
      await database.query(sql('SELECT pg_notify($1::text, $2::text)'), [channel, 'hello'])
      if (channel !== 'not listened to') await heardIt
    }
    await listener.ping()
    await listener.close()

    expect(heard).toEqual(['Odd "name": hello', 'added.later: hello'])
  })

  test('tells once that its connection is lost, and then answers no more', async () => {
    const pool = aPool(2)
    const database = postgres(pool)
    const { listener, lost } = await listening(database, 'any')
    const name = pool.options.application_name
    const { rows } = await opened().query(
      sql(`SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'`),
      [name ?? ''],
    )
    await terminate(rows[0]?.[0])
    await lost

    await expect(listener.ping()).rejects.toThrow()
    await listener.close()
    expect((await database.query(sql('SELECT 1'), [])).rows).toEqual([['1']])
    expect(pool.totalCount).toBe(1)
  })

  test('is left out when it is declined, and where it would take the only connection', () => {
    expect(postgres(aPool(2), { listen: false }).listen).toBe(undefined)
    expect(postgres(aPool(1)).listen).toBe(undefined)
    expect(opened({ connections: 1 }).listen).toBe(undefined)
    expect(postgres(aPool(2)).listen).toBeTypeOf('function')
  })
})

describe('bad options are refused before anything is opened', () => {
  test.each<[unknown, string]>([
    [{ connection: 5 }, 'unknown option "connection" in postgres(), did you mean "connections"?'],
    [{ connections: 0 }, 'expected connections to be an integer of at least 1, got 0'],
    [{ connections: -1 }, 'expected connections to be an integer of at least 1, got -1'],
    [{ connections: '5' }, 'expected connections to be an integer of at least 1, got "5"'],
    [{ prepare: 'no' }, 'expected prepare to be true or false, got "no"'],
    [{ timeout: 0 }, 'expected timeout to be a duration longer than nothing, got 0'],
    [{ listen: 1 }, 'expected listen to be true or false, got 1'],
    [null, 'expected options of postgres() to be an object, got null'],
  ])('%o', (options, message) => {
    expect(() => postgres(url(), options as PostgresOptions)).toThrow(
      expect.objectContaining({ name: 'StaffaError', message }),
    )
  })
})

test('rows that were read and dropped are not kept alive by what the driver leaves behind', async () => {
  const database = postgres(aPool(2), { listen: false })
  const rows = {
    ...{ name: 'staffa_rows', brief: true, kept: true },
    text: `SELECT n, 'a text of some length', n * 2, n * 3 FROM generate_series(1, 1000) AS n`,
  }
  const old = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
  let grown = 0
  for (let turn = 0, before = old(); turn < 200; turn += 1) {
    await database.query(rows, [])
    grown = Math.max(grown, old() - before)
  }

  expect(grown).toBeLessThan(16 * 2 ** 20) // by the driver's own promise it is 23 MB
})

test('a client may know promises alone, as some that are wrapped do', async () => {
  const pool = aPool(1)
  const wrapped = Object.assign(Object.create(pool), {
    connect: async () => {
      const client = await pool.connect()

      return Object.assign(Object.create(client), { query: (config: object) => client.query(config as never) })
    },
  })
  const database = postgres(wrapped, { listen: false })

  expect((await database.query(sql('SELECT 1'), [])).rows).toEqual([['1']])
  await expect(database.query(sql('SELECT nothing'), [])).rejects.toThrow('nothing')
})
