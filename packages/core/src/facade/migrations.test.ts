import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { readCatalog } from '../../test/catalog.ts'
import { memory } from '../../test/memory.ts'
import { runScript, statementsOf } from '../../test/script.ts'
import { postgres } from '../engine/connect/pg.ts'
import type { Database } from '../engine/database.ts'
import { definePlugin, type PluginMigration } from '../layers/plugin.ts'
import { worker } from '../layers/worker.ts'
import { migrations } from './migrations.ts'
import { Staffa } from './staffa.ts'

const first: PluginMigration = {
  name: '0001-ledger',
  up: (schema) => [`CREATE TABLE ${schema}.ledger (job bigint PRIMARY KEY)`],
  down: (schema) => [`DROP TABLE ${schema}.ledger`],
}
const second: PluginMigration = {
  name: '0002-note',
  up: (schema) => [
    `ALTER TABLE ${schema}.ledger ADD COLUMN note text`,
    `CREATE INDEX ledger_note ON ${schema}.ledger (note)`,
  ],
  down: (schema) => [`ALTER TABLE ${schema}.ledger DROP COLUMN note`],
}
const broken: PluginMigration = {
  name: '0003-broken',
  up: (schema) => [`CREATE TABLE ${schema}.half (id bigint)`, `SELECT * FROM ${schema}.nowhere`],
  down: (schema) => [`DROP TABLE ${schema}.half`],
}

const ledger = (...list: readonly PluginMigration[]) => definePlugin({ plugin: 'ledger', migrations: list })

describe.each([
  ['PGlite', memory],
  ['PostgreSQL', () => postgres(inject('databaseUrl'))],
])('the migrations of an instance on %s', (_, open) => {
  let database: Database
  let prefix: string

  beforeAll(async () => {
    database = await open()
    await database.query({ name: '', text: 'SELECT 1' }, [])
  }, 60_000)

  afterAll(() => database.close())

  beforeEach(() => {
    prefix = `ours ${randomBytes(4).toString('hex')}`
  })

  function instance(options: Partial<ConstructorParameters<typeof Staffa>[0]> = {}): Staffa {
    const staffa = new Staffa({ prefix, ...options, database: { ...database, close: async () => {} } })
    onTestFinished(() => staffa.stop())

    return staffa
  }

  async function recorded(): Promise<readonly unknown[]> {
    const { rows } = await database.query(
      { name: '', text: `SELECT name FROM "${prefix}".staffa_migrations ORDER BY applied_at, name` },
      [],
    )

    return rows.map(([name]) => name)
  }

  describe('of plugins', () => {
    it('are applied once and in order, wherever the plugin stands', async () => {
      const counted = { ...first, up: (schema: string) => [...first.up(schema)] }
      const inStack = worker({ name: 'a' })
        .use(ledger(counted, second))
        .process(() => {})
      const twice = worker({ name: 'b' })
        .use(ledger(counted, second))
        .process(() => {})

      await instance({ workers: [inStack, twice] }).migrate()
      await instance({ use: [ledger(counted, second)] }).migrate()
      const service = {
        plugin: 'audit',
        migrations: [{ ...first, up: () => [], down: () => [] }],
        start() {},
        stop: async () => {},
      }
      await instance({ services: [service] }).migrate()

      expect(await recorded()).toEqual(['ledger/0001-ledger', 'ledger/0002-note', 'audit/0001-ledger'])
      expect((await readCatalog(database, prefix)).columns).toContain('ledger.note text')
    })

    it('are added to those that were there before', async () => {
      await instance({ use: [ledger(first)] }).migrate()
      const later = instance({ use: [ledger(first, second)] })

      await expect(later.start()).rejects.toMatchObject({
        code: 'NOT_MIGRATED',
        message: expect.stringContaining('without ledger/0002-note'),
      })
      await later.migrate()
      await later.start()
      expect(await recorded()).toEqual(['ledger/0001-ledger', 'ledger/0002-note'])
    })

    it('are undone, the last first, before the tables go down', async () => {
      const staffa = instance({ use: [ledger(first, second)] })
      await staffa.migrate()
      await staffa.migrate({ to: 13 })
      const { tables } = await readCatalog(database, prefix)
      await staffa.migrate()

      expect(tables).toEqual(['oban_jobs p', 'oban_peers u'])
      expect(await recorded()).toEqual(['ledger/0001-ledger', 'ledger/0002-note'])
      await staffa.migrate({ to: 0 })
      expect((await readCatalog(database, prefix)).tables).toEqual([])
    })

    it('keep the tables up while nobody knows how to undo them', async () => {
      await instance({ use: [ledger(first)] }).migrate()
      const before = await readCatalog(database, prefix)

      await expect(instance().migrate({ to: 0 })).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        data: { unknown: ['ledger/0001-ledger'] },
      })
      expect(await readCatalog(database, prefix)).toEqual(before)
    })

    it('leave nothing behind, and no record, when they fail', async () => {
      const staffa = instance({ use: [ledger(first, broken)] })

      await expect(staffa.migrate()).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        message: expect.stringContaining('nowhere'),
        data: { statement: expect.stringContaining('nowhere') },
      })
      expect(await recorded()).toEqual(['ledger/0001-ledger'])
      expect((await readCatalog(database, prefix)).tables).not.toContain('half p')
    })
  })

  describe('as text', () => {
    it('build from nothing what migrate builds, in a single transaction', async () => {
      const plugins = [ledger(first, second)]
      const script = migrations.sql({ prefix, indexes: 'oban', plugins })
      const staffa = instance({ use: plugins })
      await staffa.migrate({ indexes: 'oban' })
      const migrated = await readCatalog(database, prefix)
      await staffa.migrate({ to: 0 })
      await database.query({ name: '', text: `DROP SCHEMA "${prefix}"` }, [])

      await database.transaction((transaction) => runScript(transaction, script))

      expect(await readCatalog(database, prefix)).toEqual(migrated)
      await staffa.migrate({ indexes: 'oban' })
      expect(await recorded()).toEqual(['ledger/0001-ledger', 'ledger/0002-note'])
    })

    it('lead from any version to any other, as migrate does', async () => {
      const version = fc.integer({ min: 0, max: 14 })
      const ways = fc.record({
        from: version,
        to: version,
        indexes: fc.constantFrom('lean', 'oban'),
        concurrently: fc.boolean(),
      })
      const property = fc.asyncProperty(ways, async ({ from, ...options }) => {
        const staffa = instance()
        await staffa.migrate({ to: from, indexes: 'oban' })
        await runScript(database, migrations.sql({ prefix, from, ...options }))
        const printed = await readCatalog(database, prefix)
        await staffa.migrate({ to: 0 })
        await staffa.migrate({ to: from, indexes: 'oban' })
        await staffa.migrate(options)
        const migrated = await readCatalog(database, prefix)
        await staffa.migrate({ to: 0 })

        expect(printed).toEqual(migrated)
      })

      await fc.assert(property, { numRuns: 8 })
    }, 60_000)
  })
})

describe('the options of migrations', () => {
  const staffa = new Staffa({ database: 'postgres://nowhere.invalid/none' })

  it.each([
    [{ to: 15 }, 'expected to to be an integer from 0 to 14, got 15'],
    [{ to: -1 }, 'expected to to be an integer from 0 to 14, got -1'],
    [{ to: 2.5 }, 'expected to to be an integer from 0 to 14, got 2.5'],
    [{ to: '14' }, 'expected to to be an integer from 0 to 14, got "14"'],
    [{ indexes: 'full' }, 'expected indexes to be "lean" or "oban", got "full"'],
    [{ concurrently: 1 }, 'expected concurrently to be true or false, got 1'],
    [{ index: 'oban' }, 'unknown option "index" in migrate(), did you mean "indexes"?'],
    [null, 'expected options of migrate() to be an object, got null'],
  ])('are checked before anything is opened: %j', async (options, message) => {
    await expect(staffa.migrate(options as never)).rejects.toThrow(message)
    const sql = () => migrations.sql(options as never)
    expect(sql).toThrow(message.replace('migrate()', 'migrations.sql()'))
  })

  it.each([
    [{ from: 99 }, 'expected from to be an integer from 0 to 14, got 99'],
    [{ prefix: '' }, 'expected prefix to be the name of a schema'],
    [{ plugins: {} }, 'expected plugins to be a list, got {}'],
    [
      { plugins: [{ plugin: 'a', migrations: [{ name: 'x' }] }] },
      'expected a migration of a to be an object with name, up and down',
    ],
    [{ plugins: [ledger(first, first)] }, 'expected migrations of ledger to be of different names, got "0001-ledger"'],
  ])('are checked in text: %j', (options, message) => {
    expect(() => migrations.sql(options as never)).toThrow(message)
  })

  it('want a name of a service that has migrations', async () => {
    const nameless = { migrations: [first], start() {}, stop: async () => {} }
    const unnamed = new Staffa({ database: 'postgres://nowhere.invalid/none', services: [nameless] })

    await expect(unnamed.migrate()).rejects.toThrow('expected plugin to be the name of a service that has migrations')
  })

  it('print comments and statements alone', () => {
    const script = migrations.sql()
    const lines = script.split('\n')

    expect(statementsOf(script).length).toBeGreaterThan(20)
    expect(lines.filter((line) => line.startsWith('--'))).toEqual([
      '-- From version 0 up to 14',
      '-- Tables and settings of Staffa',
      '-- Indexes',
      '-- Statistics',
    ])
    expect(migrations.sql({ from: 5, to: 5 })).toBe('')
  })
})
