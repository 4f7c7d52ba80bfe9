import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres } from '../../src/engine/connect/pg.ts'
import type { Names } from '../../src/engine/names.ts'
import {
  type Database,
  type Engine,
  migrate,
  namesIn,
  postgresEngine,
  systemClock,
  telemetry,
} from '../../src/internal.ts'
import type { Job } from '../../src/job/job.ts'
import { memory } from '../memory.ts'
import { foundRows, restore } from './fixtures.ts'

type Stored = Readonly<Record<string, unknown>> & {
  readonly id: number
  readonly errors: readonly { readonly at: string; readonly attempt: number; readonly error: string }[]
}

const parsed = foundRows.map(({ source, row }) => ({ source, row, stored: JSON.parse(row) as Stored }))
const isPythonsTable = ({ stored }: (typeof parsed)[number]) => Object.keys(stored).indexOf('attempt') < 5
const found = (source: string, id: number, start = '') =>
  parsed.find(({ source: from, row, stored }) => from === source && stored.id === id && row.includes(start))!

const makers = { Elixir: 'oban-v14-schema', Python: 'oban-py-schema' } as const

describe.each([
  ['PGlite', memory],
  ['PostgreSQL', () => postgres(inject('databaseUrl'))],
])('rows of other programs on %s', (_, open) => {
  let database: Database
  let names: Names
  let engine: Engine

  beforeAll(async () => {
    database = await open()
    await database.query({ name: '', text: 'SELECT 1' }, [])
  }, 60_000)

  afterAll(() => database.close())

  /** Lays out the tables that a program made, in a schema of their own, and migrates them. */
  async function lay(maker: keyof typeof makers): Promise<void> {
    names = namesIn(`rows_${randomBytes(4).toString('hex')}`)
    await restore(database, makers[maker], names.prefix)
    await migrate(database, names)
    engine = postgresEngine({ database, names, clock: systemClock }, telemetry({ instance: 'Oban', node: 'here' }))
  }

  async function put(row: string): Promise<void> {
    await database.query({ name: '', text: `TRUNCATE ${names.jobs}` }, [])
    const text = `INSERT INTO ${names.jobs} OVERRIDING SYSTEM VALUE
      SELECT (jsonb_populate_record(NULL::${names.jobs}, $1::text::jsonb)).*`
    await database.query({ name: '', text }, [row])
  }

  async function take(id: number): Promise<string> {
    const text = `SELECT to_jsonb(job)::text FROM ${names.jobs} AS job WHERE id = $1::text::bigint`
    const { rows } = await database.query({ name: '', text }, [id])

    return String(rows[0]?.[0])
  }

  it('are there to be read', () => {
    expect(parsed.map(isPythonsTable).filter(Boolean)).toHaveLength(1)
    expect(parsed).toHaveLength(25)
  })

  it('are read in our words', async () => {
    await lay('Elixir')
    await put(found('oban-py 0.6.3', 4).row)

    expect(await engine.getJob(4)).toEqual({
      id: 4,
      state: 'cancelled',
      queue: 'python',
      worker: 'interop_workers.Script',
      args: { do: 'cancel' },
      meta: {},
      tags: [],
      errors: [{ at: new Date('2026-11-22T00:50:12.677Z'), attempt: 1, error: 'because' }],
      attempt: 1,
      maxAttempts: 20,
      priority: 0,
      attemptedBy: ['py-1', '476bd5d6-8911-4f24-a5ee-004e027596a8'],
      insertedAt: new Date('2026-11-22T00:50:12.672Z'),
      scheduledAt: new Date('2026-11-22T00:50:12.672Z'),
      attemptedAt: new Date('2026-11-22T00:50:12.675Z'),
      completedAt: undefined,
      cancelledAt: new Date('2026-11-22T00:50:12.681Z'),
      discardedAt: undefined,
    })
  })

  /**
   * JavaScript has no number for it: a job shows the nearest that it has, as JSON.parse does everywhere. What is stored
   * stays exact through everything that we do to the row, since args are never written back.
   */
  it('keep a number beyond 2^53 exactly, and show the nearest', async () => {
    await lay('Elixir')
    const { row, stored } = found('oban 2.23.1', 1, '12345678901234567890')
    await put(row)
    const [job] = await worked(engine, 'ts')
    await engine.retryJobs({ id: stored.id })

    expect(job?.args.big).toBe(Number('12345678901234567890'))
    expect(await take(stored.id)).toContain('"big": 12345678901234567890')
  })

  describe.each(['Elixir', 'Python'] as const)('in the tables that %s made', (maker) => {
    const rows = parsed.filter((row) => isPythonsTable(row) === (maker === 'Python'))

    beforeAll(() => lay(maker))

    it.each(rows.map(({ source, row, stored }) => [source, stored.id, stored.state, row] as const))(
      'are read as they are: %s, %i, %s',
      async (_source, id, _state, row) => {
        await put(row)
        const expected = toJob(JSON.parse(row))

        expect(await engine.getJob(id)).toEqual(expected)
        expect(await engine.listJobs({ queue: expected.queue, state: expected.state })).toEqual([expected])
      },
    )

    it('can be worked: an error is added to those that are there', async () => {
      const executing = {
        ...rows.at(-1)!.stored,
        state: 'available',
        queue: 'ours',
        worker: 'W',
        attempt: 1,
        attempted_by: [],
      }
      const before = { at: '2026-11-22T00:50:12.544666+00:00', attempt: 1, error: 'Traceback' }
      await put(JSON.stringify({ ...executing, errors: [before] }))
      const [job] = await worked(engine, 'ours')

      expect(job?.errors).toHaveLength(1)
      expect(JSON.parse(await take(executing.id))).toMatchObject({
        state: 'retryable',
        attempt: 2,
        errors: [before, { attempt: 2, error: 'no', at: expect.stringMatching(/^[\d-]{10}T[\d:]{8}\.\d{6}Z$/) }],
      })
    })
  })
})

/** Fetches what a queue holds, and lets it fail. */
async function worked(engine: Engine, queue: string): Promise<readonly Job[]> {
  const producer = 'd3b07384-d9a0-4c9b-8b1e-3f1f7a7a2b11'
  const { jobs } = await engine.fetchJobs({ queue, limit: 10, node: 'here', producer })
  const acks = jobs.map(({ id, attempt }) => ({ id, attempt, state: 'retryable', delay: 1000, error: 'no' }) as const)
  await engine.ackJobs(acks, { producers: [producer] })

  return jobs
}

/** What a stored row means. Times are in UTC, and finer than a `Date`, which leaves out what is below a millisecond. */
function toJob({ errors, ...row }: Stored): Job {
  const time = (text: unknown) => (typeof text === 'string' ? new Date(`${text.slice(0, 23)}Z`) : undefined)
  const { max_attempts, attempted_by, inserted_at, scheduled_at, attempted_at, ...rest } = row
  const { completed_at, cancelled_at, discarded_at, ...same } = rest

  return {
    ...same,
    errors: errors.map(({ at, ...error }) => ({ ...error, at: new Date(`${at.slice(0, 23)}Z`) })),
    maxAttempts: max_attempts,
    attemptedBy: attempted_by ?? [],
    insertedAt: time(inserted_at),
    scheduledAt: time(scheduled_at),
    attemptedAt: time(attempted_at),
    completedAt: time(completed_at),
    cancelledAt: time(cancelled_at),
    discardedAt: time(discarded_at),
  } as unknown as Job
}
