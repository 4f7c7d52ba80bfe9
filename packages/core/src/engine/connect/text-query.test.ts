import pg from 'pg'
import { beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Database } from '../database.ts'
import { statement } from '../names.ts'
import { postgres } from './pg.ts'

/** A name under which no session has prepared anything. */
const named = (text: string) => statement('fetch', text)
const unnamed = (text: string) => ({ name: '', text })

describe.each([
  ['through a URL', () => postgres(inject('databaseUrl'), { connections: 1 })],
  [
    'through a pool of the caller’s',
    () => {
      const pool = new pg.Pool({ connectionString: inject('databaseUrl'), max: 1 })
      onTestFinished(() => pool.end())

      return postgres(pool)
    },
  ],
])('a query %s', (_, open) => {
  let database: Database

  beforeEach(() => {
    database = open()
    onTestFinished(() => database.close())
  })

  test.each([
    ['prepared', named],
    ['not prepared', unnamed],
  ])('gives rows as text, and counts them: %s', async (__, statementOf) => {
    const all = statementOf(`SELECT n, NULL, n > 1, '{"a": [1]}'::jsonb, ARRAY['x', NULL], $1::text
      FROM generate_series(1, 2) AS n`)
    const asked = { rows: 2, values: ['a', 1.5, true, null, '☃'] }
    for (const value of asked.values) {
      const text = value === null ? null : String(value)
      expect(await database.query(all, [value])).toEqual({
        rows: [
          ['1', null, 'f', '{"a": [1]}', '{x,NULL}', text],
          ['2', null, 't', '{"a": [1]}', '{x,NULL}', text],
        ],
        count: 2,
      })
    }
  })

  test('counts rows that were changed, and none where nothing is counted', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query(unnamed('CREATE TEMPORARY TABLE counted (n int) ON COMMIT DROP'), [])
      const insert = unnamed('INSERT INTO counted SELECT generate_series(1, $1::text::int)')
      const update = named('UPDATE counted SET n = n + 1 WHERE n <= $1::text::int')

      expect(await transaction.query(insert, [12])).toEqual({ rows: [], count: 12 })
      expect(await transaction.query(update, [3])).toEqual({ rows: [], count: 3 })
      expect(await transaction.query(named('LISTEN nothing'), [])).toEqual({ rows: [], count: 0 })
    })
  })

  test('may be empty', async () => {
    expect(await database.query(named(''), [])).toEqual({ rows: [], count: 0 })
  })

  test('of several statements without parameters gives the rows of the last', async () => {
    expect(await database.query(unnamed('SELECT 1; SELECT 2 FROM generate_series(1, 2)'), [])).toEqual({
      rows: [['2'], ['2']],
      count: 2,
    })
  })

  test('that fails tells why, also for one that is prepared then, and the next one is answered', async () => {
    const wrong = named('SELECT wrong FROM nowhere')
    const divide = named('SELECT 1 / $1::text::int')
    for (let times = 0; times < 2; times += 1) {
      await expect(database.query(wrong, [])).rejects.toMatchObject({ code: '42P01' })
      await expect(database.query(divide, [0])).rejects.toMatchObject({ code: '22012' })
      expect(await database.query(divide, [1])).toMatchObject({ rows: [['1']] })
    }
  })

  test('within a transaction that has failed is refused, and the transaction is rolled back', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query(unnamed('SELECT 1 / $1::text::int'), [0]).catch(() => {})
      await transaction.query(unnamed('SELECT $1::text'), ['late'])
    })

    await expect(work).rejects.toMatchObject({ code: '25P02' })
    expect((await database.query(unnamed('SELECT $1::text'), ['next'])).rows).toEqual([['next']])
  })

  test('that is kept is prepared once in a session', async () => {
    const kept = named("SELECT 'kept', $1::text")
    for (const value of ['a', 'b', 'c']) await database.query(kept, [value])
    const prepared = unnamed('SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = $1::text')

    expect((await database.query(prepared, [kept.name])).rows).toEqual([['3']])
  })
})

test('what traces the driver sees the text of a query, its name and its values, and its end', async () => {
  const seen: unknown[] = []
  const real = pg.Client.prototype.query
  const traced = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [{ name, text, values }, callback] = args as [pg.QueryConfig, (...answer: unknown[]) => void]
    const end = (...answer: unknown[]) => {
      seen.push({ name, text, values })
      callback(...answer)
    }

    return Reflect.apply(real, this, [args[0], end])
  } as never)
  onTestFinished(() => traced.mockRestore())
  const database = postgres(inject('databaseUrl'), { connections: 1 })
  onTestFinished(() => database.close())
  const kept = named('SELECT $1::text')
  await database.query(kept, ['a'])

  expect(seen).toEqual([{ name: kept.name, text: kept.text, values: ['a'] }])
})
