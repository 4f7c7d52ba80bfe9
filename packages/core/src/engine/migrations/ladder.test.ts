import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Catalog, readCatalog } from '../../../test/catalog.ts'
import { memory } from '../../../test/memory.ts'
import { systemClock } from '../../support/clock.ts'
import { telemetry } from '../../support/telemetry.ts'
import { postgres } from '../connect/pg.ts'
import type { Database } from '../database.ts'
import { type Names, namesIn } from '../names.ts'
import { postgresEngine } from '../postgres/index.ts'
import { newestVersion } from './ladder.ts'
import { type MigrateOptions, migrate } from './migrate.ts'

const versions = Array.from({ length: newestVersion }, (_, index) => index + 1)

describe.each([
  ['PGlite', [1, 8, 9, 13, 14], memory],
  ['PostgreSQL', versions, () => postgres(inject('databaseUrl'))],
] as const)('the ladder on %s', (_, some, open) => {
  let database: Database
  let whole: Catalog

  beforeAll(async () => {
    database = await open()
    whole = await catalogAfter({ indexes: 'oban' })
  }, 60_000)

  afterAll(() => database.close())

  /** The names in a schema that nobody has used. */
  function somewhere(): Names {
    return namesIn(`ladder_${randomBytes(6).toString('hex')}`)
  }

  async function run(text: string): Promise<readonly (readonly unknown[])[]> {
    const { rows } = await database.query({ name: '', text }, [])

    return rows
  }

  /** Migrates step by step, and reads what is there then. */
  async function catalogAfter(...steps: readonly MigrateOptions[]): Promise<Catalog> {
    const names = somewhere()
    for (const step of steps) await migrate(database, names, step)

    return readCatalog(database, names.prefix)
  }

  it.each(some)('leaves on the way down to version %i what the way up makes', async (to) => {
    const up = await catalogAfter({ to, indexes: 'oban' })
    const down = await catalogAfter({ indexes: 'oban' }, { to })

    // A state cannot be taken out of an enum again.
    expect({ ...down, states: [] }).toEqual({ ...up, states: [] })
    expect(up.version).toEqual([String(to)])
  })

  it.each(some)('comes from version %i to the same tables as from nothing', async (to) => {
    expect(await catalogAfter({ to, indexes: 'oban' }, {})).toEqual(whole)
    expect(await catalogAfter({ to, indexes: 'oban' }, { to: 1 }, { indexes: 'oban' })).toEqual(whole)
  })

  it('leaves nothing on the way down to 0', async () => {
    const empty = await catalogAfter()

    expect(await catalogAfter({ indexes: 'oban' }, { to: 0 })).toEqual(empty)
    expect(await catalogAfter({ to: 11 }, { to: 0 })).toEqual(empty)
    expect(await catalogAfter({ to: 3 }, { to: 0 })).toEqual(empty)
    expect(await catalogAfter({ to: 0 })).toEqual(empty)
  })

  it.each(some.slice(0, -1))('keeps the rows of version %i, which then can be worked', async (version) => {
    const names = somewhere()
    await migrate(database, names, { to: version })
    await run(`INSERT INTO ${names.jobs} (queue, worker, args, state) VALUES
      ('mail', 'send', '{"to": 1}', 'available'), ('mail', 'send', '{"to": 2}', 'retryable')`)
    await run(`INSERT INTO ${names.jobs} (queue, worker, args, state, attempt, errors) VALUES
      ('mail', 'send', '{"to": 3}', 'executing', 1, ARRAY['{"attempt": 1, "error": "no", "at": "2020-01-01T00:00:00Z"}'::jsonb])`)

    await migrate(database, names)
    const engine = postgresEngine({ database, names, clock: systemClock }, telemetry({ instance: 'Oban', node: 'n' }))
    const { jobs } = await engine.fetchJobs({ queue: 'mail', limit: 9, node: 'n', producer: 'p' })
    const ack = { id: 1, attempt: 1, state: 'completed' } as const
    const written = await engine.ackJobs([ack], { producers: ['p'] })
    const stored = await engine.listJobs({})

    expect(jobs).toMatchObject([{ id: 1, args: { to: 1 }, meta: {}, tags: [], priority: 0, attempt: 1 }])
    expect(written).toEqual(new Set([ack]))
    expect(stored.map(({ state }) => state)).toEqual(['executing', 'retryable', 'completed'])
    expect(stored[0]).toMatchObject({ args: { to: 3 }, errors: [{ attempt: 1, error: 'no' }] })
  })

  it('keeps every row on the way down, as far as the version below can tell', async () => {
    const names = somewhere()
    await migrate(database, names)
    await run(`INSERT INTO ${names.jobs} (worker, state, priority, cancelled_at) VALUES
      ('a', 'suspended', 9, NULL), ('b', 'cancelled', 0, '2030-01-01'), ('c', 'completed', 2, NULL)`)

    await migrate(database, names, { to: 8 })

    expect(
      await run(`SELECT worker, state::text, priority::text, discarded_at::text FROM ${names.jobs} ORDER BY id`),
    ).toEqual([
      ['a', 'scheduled', '3', null],
      ['b', 'discarded', '0', '2030-01-01 00:00:00'],
      ['c', 'completed', '2', null],
    ])
  })

  it('changes nothing when a rung gives way', async () => {
    const names = somewhere()
    await migrate(database, names, { to: 9 })
    await run(`INSERT INTO ${names.jobs} (worker, args, attempt, max_attempts) VALUES ('a', '{}', 3, 1)`)
    const before = await readCatalog(database, names.prefix)

    await expect(migrate(database, names)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('attempt_range'),
      data: { prefix: names.prefix, statement: expect.stringContaining('ADD CONSTRAINT attempt_range') },
    })
    expect(await readCatalog(database, names.prefix)).toEqual(before)
  })
})
