import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { readCatalog } from '../../../test/catalog.ts'
import { postgres } from '../connect/pg.ts'
import type { Database } from '../database.ts'
import { type Names, namesIn } from '../names.ts'
import { type MigrateOptions, migrate } from './migrate.ts'

/** Another program: connections of its own. */
function program(connections = 2, options = ''): Database {
  const url = new URL(inject('databaseUrl'))
  url.searchParams.set('options', options)
  const database = postgres(url.href, { connections })
  onTestFinished(() => database.close())

  return database
}

async function session(): Promise<pg.Client> {
  const client = new pg.Client(inject('databaseUrl'))
  await client.connect()
  onTestFinished(() => client.end())

  return client
}

/** Asks until the answer is yes. */
async function until(client: pg.Client, question: string, values: unknown[]): Promise<void> {
  for (;;) {
    const { rows } = await client.query(`SELECT ${question} AS yes, pg_sleep(0.01)`, values)
    if (rows[0].yes === true) return
  }
}

describe('programs that migrate at once', () => {
  let names: Names

  beforeEach(() => {
    names = namesIn(`at_once_${randomBytes(4).toString('hex')}`)
  })

  it.each<[string, readonly MigrateOptions[]]>([
    ['plainly', [{}]],
    ['concurrently', [{ concurrently: true }]],
    ['either way', [{}, { concurrently: true }]],
  ])(
    'build one set of tables %s',
    async (_, ways) => {
      const programs = Array.from({ length: 6 }, () => program())
      const calls = programs.map((each, place) =>
        migrate(each, names, { indexes: 'oban', ...ways[place % ways.length] }),
      )
      await Promise.all(calls)
      const [first] = programs as [Database]

      const alone = namesIn(`${names.prefix}_alone`)
      await migrate(first, alone, { indexes: 'oban' })
      expect(await readCatalog(first, names.prefix)).toEqual(await readCatalog(first, alone.prefix))
    },
    60_000,
  )

  it.each([
    ['deadlock detected', '40P01'],
    ['tuple concurrently updated', 'XX000'],
  ])('begin anew when they have got in each other’s way: %s', async (message, code) => {
    const real = program()
    let left = 2
    const failing: Database = {
      ...real,
      query: async (statement, values) => {
        if (/CREATE INDEX/.test(statement.text) && left-- > 0) throw Object.assign(new Error(message), { code })

        return real.query(statement, values)
      },
    }
    await migrate(failing, names, { concurrently: true })

    expect(left).toBeLessThan(0)
    expect((await readCatalog(real, names.prefix)).indexes.length).toBeGreaterThan(3)
  })

  it('apply a plugin’s migration once, whatever the isolation that their sessions begin with', async () => {
    const programs = Array.from({ length: 6 }, () => program(2, '-c default_transaction_isolation=serializable'))
    const step = {
      name: 'ledger/1',
      up: (schema: string) => [`CREATE TABLE ${schema}.ledger ()`],
      down: () => [],
    } as const
    await Promise.all(programs.map((each) => migrate(each, names, { steps: [step] })))

    const { tables, version } = await readCatalog(program(), names.prefix)
    expect(version).toEqual(['14'])
    expect(tables).toContain('ledger p')
  }, 60_000)

  it('need one connection each', async () => {
    await migrate(program(1), names, { concurrently: true })
    await migrate(program(1), names, { indexes: 'oban' })

    expect((await readCatalog(program(1), names.prefix)).version).toEqual(['14'])
  })

  it('take no lock where there is nothing to do', async () => {
    const own = program()
    await migrate(own, names)
    const other = await session()
    await other.query(`BEGIN; LOCK TABLE ${names.jobs} IN ACCESS EXCLUSIVE MODE`)
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('staffa:' || $1::text, 0))`, [names.prefix])

    await expect(migrate(own, names)).resolves.toBeUndefined()
    await expect(migrate(own, names, { concurrently: true })).resolves.toBeUndefined()
  })

  it('let jobs be inserted while they build indexes concurrently', async () => {
    const own = program()
    await migrate(own, names)
    const [writer, watcher] = [await session(), await session()]
    await writer.query('BEGIN')
    await writer.query(`INSERT INTO ${names.jobs} (worker) VALUES ('a')`)

    // The build waits for the open transaction, and the insert does not wait for the build.
    const migrated = migrate(own, names, { indexes: 'oban', concurrently: true })
    const question = 'EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = to_regclass($1))'
    await until(watcher, question, [names.jobs])
    await watcher.query(`INSERT INTO ${names.jobs} (worker) VALUES ('b')`)
    await writer.query('COMMIT')
    await migrated

    const { indexes } = await readCatalog(own, names.prefix)
    expect(indexes).toContainEqual(expect.stringContaining('oban_jobs_args_index'))
    expect(indexes).not.toContainEqual(expect.stringContaining('invalid'))
  }, 60_000)

  it('rewrite no row on the way up', async () => {
    const own = program()
    const look = await session()
    await migrate(own, names, { to: 1 })
    await look.query(`INSERT INTO ${names.jobs} (worker, args) SELECT 'a', '{}' FROM generate_series(1, 100)`)
    const place = async () => {
      const { rows } = await look.query(
        `SELECT pg_relation_filenode($1), md5(string_agg(ctid || '', ',' ORDER BY id)) AS rows
        FROM ${names.jobs}`,
        [names.jobs],
      )

      return rows[0]
    }
    const before = await place()
    await migrate(own, names, { indexes: 'oban' })

    expect(await place()).toEqual(before)
  })
})
