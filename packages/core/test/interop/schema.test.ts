import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { postgres } from '../../src/engine/connect/pg.ts'
import type { Database } from '../../src/engine/database.ts'
import { checkMigrated } from '../../src/engine/migrations/check.ts'
import { migrate } from '../../src/engine/migrations/migrate.ts'
import { type Names, namesIn } from '../../src/engine/names.ts'
import { type Catalog, readCatalog } from '../catalog.ts'
import { memory } from '../memory.ts'
import { restore } from './fixtures.ts'

const own = / (ON|INDEX) (oban_jobs_staffa|oban_jobs_staging|oban_jobs_(completed|cancelled|discarded)_at)/
/** The primary key's room for later versions of rows is a setting of its storage, not of what it is. */
const plainly = (indexes: readonly string[]) =>
  indexes.map((text) => text.replace(/^(.* oban_jobs_pkey .*) WITH \(fillfactor='35'\)$/, '$1'))
const isOfJobs = (text: string) => text.startsWith('oban_jobs.')
const ofJobs = (list: readonly string[]) => list.filter((text) => /^oban_(jobs|peers)\b/.test(text))

describe.each([
  ['PGlite', memory],
  ['PostgreSQL', () => postgres(inject('databaseUrl'))],
])('the tables on %s', (_, open) => {
  let database: Database
  let names: Names

  beforeAll(async () => {
    database = await open()
    await database.query({ name: '', text: 'SELECT 1' }, [])
  }, 60_000)

  afterAll(() => database.close())

  beforeEach(() => {
    names = namesIn(`tables_${randomBytes(4).toString('hex')}`)
  })

  async function look(): Promise<Catalog> {
    return readCatalog(database, names.prefix)
  }

  /** What Elixir made, in a schema of its own. */
  async function elixirs(): Promise<Catalog> {
    const prefix = `${names.prefix}_elixir`
    await restore(database, 'oban-v14-schema', prefix)

    return readCatalog(database, prefix)
  }

  it.each([0, 1, 5, 8, 9, 13])('are Elixir’s to the letter, but for what is added, from version %i', async (from) => {
    const made = await elixirs()
    if (from > 0) await migrate(database, names, { to: from, indexes: 'oban' })
    await migrate(database, names, { indexes: 'oban' })
    const { columns, constraints, indexes, states, tables, statistics, ...ours } = await look()

    expect(ofJobs(columns)).toEqual(made.columns)
    expect(ofJobs(constraints)).toEqual(made.constraints)
    expect(states).toEqual(made.states)
    const shared = plainly(indexes).filter((text) => !own.test(text) && !/oban_(leaders|producers)/.test(text))
    expect(shared).toEqual(made.indexes)
    expect(tables.map((text) => text.replace(/ \{.*/, ''))).toEqual([
      'oban_jobs p',
      'oban_leaders u',
      'oban_peers u',
      'oban_producers u',
    ])
    expect([made.statistics.length, statistics.length]).toEqual([0, made.columns.filter(isOfJobs).length + 1])
    expect(ours).toEqual({ functions: [], triggers: [], version: ['14'] })
  })

  it('that Elixir made keep all that they have', async () => {
    await restore(database, 'oban-v14-schema', names.prefix)
    const before = await look()
    await migrate(database, names)
    const after = await look()

    expect(after.columns).toEqual(expect.arrayContaining([...before.columns]))
    expect(ofJobs(after.columns)).toEqual(before.columns)
    expect(ofJobs(after.constraints)).toEqual(before.constraints)
    expect(plainly(after.indexes)).toEqual(expect.arrayContaining([...before.indexes]))
    expect(after.states).toEqual(before.states)
    expect(after.version).toEqual(['14'])
    await expect(checkMigrated(database, names)).resolves.toBeUndefined()
  })

  it.each([[undefined], ['1']])(
    'that oban-py made are completed, and say so to Elixir: comment %s',
    async (comment) => {
      await restore(database, 'oban-py-schema', names.prefix)
      if (comment) await database.query({ name: '', text: `COMMENT ON TABLE ${names.jobs} IS '${comment}'` }, [])
      const before = await look()
      await migrate(database, names)
      const after = await look()

      expect(after.version).toEqual(['14'])
      expect(after.states).toEqual(before.states)
      expect(after.columns.filter((text) => !text.startsWith('oban_peers'))).toEqual(before.columns)
      expect(after.constraints.filter((text) => !text.startsWith('oban_peers'))).toEqual(before.constraints)
      expect(after.functions).toEqual(before.functions)
      expect(after.tables.map((text) => text.replace('autovacuum_vacuum_', ''))).toContain('oban_peers u')
      expect(after.tables).toEqual(expect.arrayContaining([...before.tables]))
      expect(added(before, after)).toEqual([
        'oban_jobs_staffa_executing',
        'oban_jobs_staffa_fetch',
        'oban_jobs_staffa_fingerprint',
        'oban_jobs_staffa_unsettled',
        'oban_peers_pkey',
      ])
    },
  )

  it('that oban-py made get Oban’s indexes when asked for', async () => {
    await restore(database, 'oban-py-schema', names.prefix)
    const before = await look()
    await migrate(database, names, { indexes: 'oban' })

    expect(added(before, await look())).toEqual(
      expect.arrayContaining(['oban_jobs_args_index', 'oban_jobs_meta_index', 'oban_jobs_state_cancelled_at_index']),
    )
  })

  it('that oban-py needs beside the jobs are as it makes them', async () => {
    await restore(database, 'oban-py-schema', `${names.prefix}_py`)
    const made = await readCatalog(database, `${names.prefix}_py`)
    await migrate(database, names)
    const ours = await look()
    const side = (list: readonly string[]) => list.filter((text) => /^oban_(leaders|producers)\b/.test(text))

    expect(side(ours.columns)).toEqual(side(made.columns))
    expect(side(ours.constraints)).toEqual(side(made.constraints))
    expect(side(ours.tables)).toEqual(side(made.tables))
    const shared = made.indexes.filter((text) => /oban_jobs_(staging|completed|cancelled|discarded)/.test(text))
    expect(shared).toHaveLength(4)
    expect(ours.indexes).toEqual(expect.arrayContaining(shared))
  })

  function added(before: Catalog, after: Catalog): readonly string[] {
    return plainly(after.indexes)
      .filter((text) => !before.indexes.includes(text))
      .map((text) => / INDEX (\w+) ON/.exec(text)?.[1] ?? text)
      .sort()
  }
})
