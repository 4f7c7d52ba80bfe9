import { randomBytes } from 'node:crypto'
import { worker } from '@staffa/core'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { assertEnqueued, sandbox, settled, type TestStaffa, testStaffa } from './index.ts'

const prefix = `sandbox_${randomBytes(4).toString('hex')}`
const pool = new pg.Pool({ connectionString: inject('databaseUrl'), max: 3 })
let outside: TestStaffa

const greet = worker({ name: 'greet', unique: { period: 'infinity' } })
  .typed<{ name: string }>()
  .process(async ({ args }) => `hello ${args.name}`)

beforeAll(async () => {
  outside = await testStaffa({ database: pool, prefix })
  await outside.query(`CREATE TABLE "${prefix}".accounts (name text PRIMARY KEY)`)
})

afterAll(async () => {
  await outside.query(`DROP SCHEMA "${prefix}" CASCADE`)
  await outside[Symbol.asyncDispose]()
  await pool.end()
})

/** A program with tables of its own: an account is opened together with its job. */
async function openAccount(db: Kysely<{ accounts: { name: string } }>, staffa: TestStaffa, name: string) {
  return db.transaction().execute(async (transaction) => {
    await transaction.withSchema(prefix).insertInto('accounts').values({ name }).execute()

    return staffa.insert(greet.new({ name }), { transaction })
  })
}

describe('sandbox', () => {
  test('leaves nothing behind', async () => {
    {
      await using staffa = await sandbox({ database: pool, prefix })
      await staffa.insert(greet.new({ name: 'ann' }))
      await staffa.pool.query(`INSERT INTO "${prefix}".accounts VALUES ($1)`, ['ann'])

      expect(await staffa.jobs.count()).toBe(1)
      expect(await outside.jobs.count()).toBe(0)
    }

    expect(await outside.jobs.count()).toBe(0)
    expect(await outside.query(`SELECT * FROM "${prefix}".accounts`)).toEqual([])
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  test('lets the program under test begin, commit and roll back', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const db = new Kysely<{ accounts: { name: string } }>({
      dialect: new PostgresDialect({ pool: staffa.pool as never }),
    })
    const rows = () => db.withSchema(prefix).selectFrom('accounts').selectAll().execute()
    await openAccount(db, staffa, 'ann')
    await assertEnqueued(staffa, { worker: greet, args: { name: 'ann' } })

    await expect(openAccount(db, staffa, 'ann')).rejects.toMatchObject({ code: '23505' })
    expect(await rows()).toEqual([{ name: 'ann' }])
    expect(await staffa.jobs.count()).toBe(1)
    const undone = db.transaction().execute(async (transaction) => {
      await transaction.withSchema(prefix).deleteFrom('accounts').execute()
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await rows()).toEqual([{ name: 'ann' }])
  })

  test('answers those who give a callback, as the driver does, once the statement is safe', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const client = await staffa.pool.connect()
    const ask = (text: string, values?: readonly unknown[]) =>
      new Promise((resolve, reject) => {
        const tell = (error: unknown, answer?: { readonly rows: unknown[] }) =>
          error ? reject(error) : resolve(answer?.rows)
        void (values ? client.query(text, values, tell) : client.query(text, tell))
      })

    expect(await ask('SELECT 7 AS n')).toEqual([{ n: 7 }])
    await expect(ask('SELECT nonsense')).rejects.toMatchObject({ code: '42703' })
    expect(await ask('SELECT $1::int AS n', [8])).toEqual([{ n: 8 }])
    client.release()
  })

  test('goes on after a statement that fails', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    await expect(staffa.pool.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' })
    await expect(staffa.pool.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' })

    expect((await staffa.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('undoes a transaction that its holder has forgotten', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const client = await staffa.pool.connect()
    await client.query('BEGIN')
    await client.query(`INSERT INTO "${prefix}".accounts VALUES ('ann')`)
    client.release()
    client.release()

    expect((await staffa.pool.query(`SELECT * FROM "${prefix}".accounts`)).rows).toEqual([])
  })

  test('takes a stray commit as PostgreSQL does', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    await staffa.insert(greet.new({ name: 'ann' }))
    for (const text of ['COMMIT', 'ROLLBACK', 'rollback work;', 'END']) await staffa.pool.query(text)

    expect(await staffa.jobs.count()).toBe(1)
    expect(await outside.jobs.count()).toBe(0)
  })

  test('undoes a transaction in which a statement has failed, though it is committed', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const client = await staffa.pool.connect()
    await client.query('BEGIN')
    await client.query(`INSERT INTO "${prefix}".accounts VALUES ('ann')`)
    await expect(client.query('SELECT nonsense')).rejects.toThrow()
    await client.query('COMMIT')
    client.release()

    expect((await staffa.pool.query(`SELECT * FROM "${prefix}".accounts`)).rows).toEqual([])
  })

  test('runs jobs, also scheduled and unique ones', async () => {
    await using staffa = await sandbox({
      database: pool,
      prefix,
      workers: [greet],
      queues: { default: 3 },
      start: true,
    })
    const [one, same] = await Promise.all([1, 2].map(() => staffa.insert(greet.new({ name: 'ann' }))))
    const later = await staffa.insert(greet.new({ name: 'bob' }, { scheduleIn: { milliseconds: 10 } }))

    expect(one?.id).toBe(same?.id)
    expect(await settled(staffa, one?.id ?? 0)).toMatchObject({ state: 'completed' })
    expect(await settled(staffa, later)).toMatchObject({ state: 'completed' })
  })

  test('gives many at once what each has asked for', async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => staffa.pool.query('SELECT $1::int AS n', [n])),
    )

    expect(answers.map(({ rows }) => rows)).toEqual(Array.from({ length: 20 }, (_, n) => [{ n }]))
  })

  test('says so when a transaction waits for itself', { timeout: 20_000 }, async () => {
    await using staffa = await sandbox({ database: pool, prefix })
    const client = await staffa.pool.connect()

    await expect(staffa.jobs.count()).rejects.toMatchObject({ code: 'SANDBOX_BUSY' })
    client.release()
    expect(await staffa.jobs.count()).toBe(0)
  })

  test('makes the tables where there are none, for itself', async () => {
    const empty = `${prefix}_empty`
    {
      await using staffa = await sandbox({ database: inject('databaseUrl'), prefix: empty })
      await staffa.insert(greet.new({ name: 'ann' }))

      expect(await staffa.jobs.count()).toBe(1)
    }

    const { rows } = await sql`SELECT nspname FROM pg_namespace WHERE nspname = ${empty}`.execute(
      outside.database.kysely,
    )
    expect(rows).toEqual([])
  })

  test('asks for a URL or a pool', async () => {
    await expect(sandbox({ database: 5 as never })).rejects.toThrow(
      'expected database to be a PostgreSQL URL or a pg.Pool',
    )
  })
})
