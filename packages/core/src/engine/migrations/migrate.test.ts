import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Catalog, readCatalog } from '../../../test/catalog.ts'
import { memory } from '../../../test/memory.ts'
import { postgres } from '../connect/pg.ts'
import type { Database } from '../database.ts'
import { type Names, namesIn } from '../names.ts'
import { checkMigrated } from './check.ts'
import { obanIndexes, ownIndexes } from './indexes.ts'
import { migrate } from './migrate.ts'

const lean = ownIndexes.map(({ name }) => name)
const obans = obanIndexes.map(({ name }) => name)
const key = 'oban_jobs_pkey'

describe.each([
  ['PGlite', memory],
  ['PostgreSQL', () => postgres(inject('databaseUrl'))],
])('migrating on %s', (_, open) => {
  let database: Database

  beforeAll(async () => {
    database = await open()
    await run('SELECT 1')
  }, 60_000)

  afterAll(() => database.close())

  function somewhere(): Names {
    return namesIn(`migrate_${randomBytes(6).toString('hex')}`)
  }

  async function run(text: string): Promise<void> {
    await database.query({ name: '', text }, [])
  }

  async function look({ prefix }: Names): Promise<Catalog> {
    return readCatalog(database, prefix)
  }

  async function indexesOf(names: Names): Promise<readonly string[]> {
    const { indexes } = await look(names)
    const found = indexes.map((text) => / INDEX (\w+) ON/.exec(text)?.[1] ?? text)

    return found.filter((name) => name.startsWith('oban_jobs')).sort()
  }

  describe('the indexes', () => {
    it('are lean in a new database', async () => {
      const names = somewhere()
      await migrate(database, names)

      expect(await indexesOf(names)).toEqual([...lean, key].sort())
    })

    it('are Oban’s besides when asked for, at once or later', async () => {
      const [atOnce, later] = [somewhere(), somewhere()]
      await migrate(database, atOnce, { indexes: 'oban' })
      await migrate(database, later)
      await migrate(database, later, { indexes: 'oban' })

      expect(await indexesOf(atOnce)).toEqual([...lean, ...obans, key].sort())
      expect(await look(later)).toEqual(await look(atOnce))
    })

    it('are never dropped', async () => {
      const names = somewhere()
      await migrate(database, names, { indexes: 'oban' })
      const before = await look(names)
      await migrate(database, names, { indexes: 'lean' })

      expect(await look(names)).toEqual(before)
    })

    it('are what Oban would have made when its tables come up from an older version', async () => {
      const names = somewhere()
      await migrate(database, names, { to: 12, indexes: 'oban' })
      await migrate(database, names)

      expect(await indexesOf(names)).toEqual([...lean, ...obans, key].sort())
    })

    it('are built concurrently to the same end', async () => {
      const [plain, concurrent] = [somewhere(), somewhere()]
      await migrate(database, plain, { indexes: 'oban' })
      await migrate(database, concurrent, { indexes: 'oban', concurrently: true })

      expect(await look(concurrent)).toEqual(await look(plain))
    })

    it.each([false, true])('replace what an interrupted build has left, concurrently: %s', async (concurrently) => {
      const names = somewhere()
      await migrate(database, names)
      const right = await look(names)
      await run(`DROP INDEX ${names.schema}.oban_jobs_staffa_fetch`)
      await run(`INSERT INTO ${names.jobs} (worker) VALUES ('twin'), ('twin')`)
      const broken = run(`CREATE UNIQUE INDEX CONCURRENTLY oban_jobs_staffa_fetch ON ${names.jobs} (worker)`)
      await expect(broken).rejects.toThrow('could not create unique index')
      expect((await look(names)).indexes).toContainEqual(expect.stringMatching(/staffa_fetch.* invalid$/))

      await migrate(database, names, { concurrently })

      expect(await look(names)).toEqual(right)
    })
  })

  it('leaves room for the next versions of rows, in the table and in its primary key, also of older tables', async () => {
    const [fresh, older] = [somewhere(), somewhere()]
    await migrate(database, fresh)
    await migrate(database, older, { to: 12, indexes: 'oban' })
    const before = await look(older)
    await migrate(database, older)

    expect(before.indexes).toContainEqual(expect.stringMatching(`${key} .*\\(id\\)$`))
    for (const names of [fresh, older]) {
      const { indexes, tables } = await look(names)
      expect(indexes).toContainEqual(expect.stringMatching(`${key} .*\\(id\\) WITH \\(fillfactor='35'\\)$`))
      expect(tables).toContainEqual(expect.stringMatching(/^oban_jobs p \{fillfactor=50,/))
    }
  })

  it('has the server count values roughly, so that looking at many jobs takes little of it, also in older tables', async () => {
    const [fresh, older, back] = [somewhere(), somewhere(), somewhere()]
    await migrate(database, fresh)
    await migrate(database, older, { to: 12, indexes: 'oban' })
    await migrate(database, older)
    await migrate(database, back)
    await migrate(database, back, { to: 13 })

    for (const names of [fresh, older]) {
      const { columns, statistics } = await look(names)
      const counted = columns.filter((column) => column.startsWith('oban_jobs.')).map((column) => column.split(' ')[0])
      expect(statistics).toEqual([...counted, 'oban_jobs_staffa_fingerprint.expr'].map((name) => `${name} 20`).sort())
    }
    expect((await look(back)).statistics).toEqual([])
  })

  describe('what others have chosen', () => {
    it('stays as it is: how finely values are counted', async () => {
      const names = somewhere()
      await migrate(database, names, { to: 13 })
      await run(`ALTER TABLE ${names.jobs} ALTER queue SET STATISTICS 1000, ALTER args SET STATISTICS 0`)
      await migrate(database, names)

      const { statistics } = await look(names)
      expect(statistics).toHaveLength(19)
      expect(statistics.filter((line) => !line.endsWith(' 20'))).toEqual(['oban_jobs.args 0', 'oban_jobs.queue 1000'])
    })

    it('stays as it is: storage settings', async () => {
      const names = somewhere()
      await migrate(database, names, { to: 13 })
      await run(`ALTER TABLE ${names.jobs} SET (fillfactor = 60, autovacuum_enabled = false)`)
      await migrate(database, names)

      const { tables } = await look(names)
      expect(tables).toContainEqual(
        'oban_jobs p {fillfactor=60,autovacuum_enabled=false,autovacuum_vacuum_scale_factor=0.02,autovacuum_vacuum_cost_limit=2000}',
      )
    })

    it('stays as it is: how the primary key is stored', async () => {
      const names = somewhere()
      await migrate(database, names)
      await run(`ALTER INDEX ${names.schema}.${key} SET (fillfactor = 80)`)
      const chosen = await look(names)
      await migrate(database, names)

      expect(chosen.indexes).toContainEqual(expect.stringMatching(`${key} .*fillfactor='80'`))
      expect(await look(names)).toEqual(chosen)
    })

    it('stays as it is: the name of the primary key, or that there is none', async () => {
      const [renamed, without] = [somewhere(), somewhere()]
      for (const names of [renamed, without]) await migrate(database, names, { to: 13 })
      await run(`ALTER INDEX ${renamed.schema}.${key} RENAME TO "the ""key"" "`)
      await run(`ALTER TABLE ${without.jobs} DROP CONSTRAINT ${key}`)
      for (const names of [renamed, without]) await migrate(database, names)

      expect((await look(renamed)).indexes).toContainEqual(expect.stringMatching(/"the ""key"" " .*fillfactor='35'/))
      expect((await look(without)).indexes).not.toContainEqual(expect.stringContaining(key))
    })

    it('stays as it is: a version that is newer than those known here', async () => {
      const names = somewhere()
      await migrate(database, names)
      await run(`COMMENT ON TABLE ${names.jobs} IS '15'`)
      const before = await look(names)
      await migrate(database, names)

      expect(await look(names)).toEqual(before)
      await expect(migrate(database, names, { to: 13 })).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
      expect(await look(names)).toEqual(before)
    })

    it('stays as it is: a table that another tool looks after', async () => {
      const names = somewhere()
      await migrate(database, names, { to: 13, indexes: 'oban' })
      await run(`ALTER TYPE ${names.state} ADD VALUE 'suspended' BEFORE 'scheduled'`)
      await run(`COMMENT ON TABLE ${names.jobs} IS '∞'`)
      const before = await look(names)
      await migrate(database, names)
      const after = await look(names)

      await expect(checkMigrated(database, names)).resolves.toBeUndefined()
      await expect(migrate(database, names, { to: 0 })).rejects.toThrow('cannot go down to 0')
      expect(after.tables).toEqual(['oban_jobs p', 'oban_leaders u', 'oban_peers u', 'oban_producers u'])
      expect(after.indexes.filter((text) => text.includes('ON oban_jobs'))).toEqual(
        before.indexes.filter((text) => text.includes('ON oban_jobs')),
      )
      expect(after.version).toEqual(['∞'])
    })

    it('is not guessed at: a comment that is no version', async () => {
      const names = somewhere()
      await migrate(database, names)
      await run(`COMMENT ON TABLE ${names.jobs} IS 'our jobs'`)

      await expect(migrate(database, names)).rejects.toThrow('the comment on the table oban_jobs is no version')
    })
  })

  it.each([[`'1'`], ['NULL']])('mends a comment that oban-py has lost or overwritten: %s', async (comment) => {
    const names = somewhere()
    await migrate(database, names)
    const right = await look(names)
    await run(`COMMENT ON TABLE ${names.jobs} IS ${comment}`)
    await expect(checkMigrated(database, names)).resolves.toBeUndefined()
    await migrate(database, names)

    expect(await look(names)).toEqual(right)
  })

  it('tells which version it found when it needs a newer one', async () => {
    const names = somewhere()
    await expect(checkMigrated(database, names)).rejects.toMatchObject({
      code: 'NOT_MIGRATED',
      message: `expected tables of version 14 in schema ${names.schema}, got none: call staffa.migrate() first`,
      data: { prefix: names.prefix, found: 0, needed: 14 },
    })

    await migrate(database, names, { to: 12 })
    await expect(checkMigrated(database, names)).rejects.toMatchObject({
      code: 'NOT_MIGRATED',
      message: expect.stringContaining('got version 12 without suspended, oban_producers'),
      data: { found: 12, needed: 14, missing: ['suspended', 'oban_producers'] },
    })

    await migrate(database, names)
    await expect(checkMigrated(database, names)).resolves.toBeUndefined()
  })
})
