import { worker } from '@staffa/core'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { settled, testStaffa } from './index.ts'

const greet = worker({ name: 'greet' })
  .typed<{ name: string }>()
  .process(async ({ args }) => `hello ${args.name}`)

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('testStaffa on %s', (_, url) => {
  test('runs a job', async () => {
    await using staffa = await testStaffa({ database: url(), workers: [greet], queues: { default: 5 }, start: true })
    const job = await staffa.insert(greet.new({ name: 'Ann' }))

    expect(await settled(staffa, job)).toMatchObject({ id: job.id, state: 'completed' })
  })

  test('shares no table with another instance', async () => {
    await using one = await testStaffa({ database: url() })
    await using other = await testStaffa({ database: url() })
    await one.insert(greet.new({ name: 'Ann' }))

    expect(await one.jobs.list()).toHaveLength(1)
    expect(await other.jobs.list()).toHaveLength(0)
  })

  test('is not started unless told', async () => {
    await using staffa = await testStaffa({ database: url(), workers: [greet], queues: { default: 5 } })
    const { id } = await staffa.insert(greet.new({ name: 'Ann' }))

    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'available', attempt: 0 })
    const ended = settled(staffa, id)
    await staffa.start()
    expect(await ended).toMatchObject({ state: 'completed' })
  })

  test('leaves no schema behind', async () => {
    await using witness = await testStaffa({ database: url(), onFinished: onTestFinished })
    const staffa = await testStaffa({ database: url() })
    const there = () => witness.query('SELECT nspname AS name FROM pg_namespace WHERE nspname = $1', [staffa.prefix])

    expect(await there()).toEqual([{ name: staffa.prefix }])
    await staffa[Symbol.asyncDispose]()
    expect(await there()).toEqual([])
  })
})

describe('testStaffa', () => {
  test('makes the tables that migrate() makes', async () => {
    const tables = `SELECT table_name AS name, column_name AS column, data_type AS type, column_default IS NULL AS bare
      FROM information_schema.columns WHERE table_schema = $1 ORDER BY table_name, ordinal_position`
    const indexes = `SELECT regexp_replace(indexdef, $1, 'schema', 'g') AS index FROM pg_indexes WHERE schemaname = $1 ORDER BY 1`
    await using quick = await testStaffa({ database: inject('databaseUrl') })
    const prefix = `slow_${quick.prefix}`
    await using slow = await testStaffa({ database: quick.database, prefix })

    for (const text of [tables, indexes]) {
      expect(await quick.query(text, [quick.prefix])).toEqual(await slow.query(text, [prefix]))
    }
    await slow.query(`DROP SCHEMA "${prefix}" CASCADE`)
  })

  test('stays readable when it has stopped', async () => {
    await using staffa = await testStaffa({ database: inject('databaseUrl'), start: true })
    const { id } = await staffa.insert(greet.new({ name: 'Ann' }))
    await staffa.stop()

    expect(await staffa.jobs.get(id)).toMatchObject({ id })
    expect(await staffa.query('SELECT 1 + $1::int AS two', [1])).toEqual([{ two: 2 }])
  })

  test('leaves a pool, an adapter and a schema that it was given', async () => {
    await using first = await testStaffa({ database: inject('databaseUrl') })
    {
      await using second = await testStaffa({ database: first.database, prefix: first.prefix })
      await second.insert(greet.new({ name: 'Ann' }))
    }

    expect(await first.jobs.count()).toBe(1)
  })

  test('is torn down once, by whoever comes first', async () => {
    const ends: (() => Promise<void>)[] = []
    const staffa = await testStaffa({ database: inject('databaseUrl'), onFinished: (end) => ends.push(end) })
    await Promise.all([staffa[Symbol.asyncDispose](), ...ends.map((end) => end())])

    expect(ends).toHaveLength(1)
    await expect(staffa.jobs.count()).rejects.toThrow()
  })

  test('is torn down when it cannot start', async () => {
    const service = {
      start: () => Promise.reject(new Error('no start today')),
      stop: async () => {},
    }
    await using witness = await testStaffa() // a database that no test elsewhere uses
    const schemas = `SELECT count(*)::int AS count FROM pg_namespace WHERE nspname LIKE 'test\\_%'`
    const before = await witness.query(schemas)

    await expect(testStaffa({ database: witness.database, services: [service], start: true })).rejects.toThrow(
      'no start',
    )
    expect(await witness.query(schemas)).toEqual(before)
  })

  test('refuses what new Staffa() refuses', async () => {
    await expect(testStaffa({ queus: {} } as never)).rejects.toThrow('did you mean "queues"?')
    await expect(testStaffa({ database: 'mysql://ann:secret@somewhere' })).rejects.toThrow(
      'expected database to be a URL that begins with postgres://, got "mysql://ann:…@somewhere"',
    )
  })
})
