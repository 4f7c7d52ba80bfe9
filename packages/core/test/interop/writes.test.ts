import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { postgres } from '../../src/engine/connect/pg.ts'
import type { Database } from '../../src/engine/database.ts'
import { Staffa } from '../../src/facade/staffa.ts'
import type { InsertedJob } from '../../src/job/job.ts'
import { cancel, discard, fail, snooze } from '../../src/job/outcome.ts'
import { worker } from '../../src/layers/worker.ts'
import { backoff } from '../../src/lifecycle/backoff.ts'
import { onTelemetry } from '../../src/support/telemetry.ts'
import { memory } from '../memory.ts'
import { restore } from './fixtures.ts'

type Stored = Readonly<Record<string, unknown>> & { readonly errors: readonly Readonly<Record<string, unknown>>[] }

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** Sessions far from UTC: what is stored must not depend on them. */
const zone = 'Australia/Lord_Howe'

const workers = {
  ok: worker({ name: 'ok', queue: 'ours', tags: [' One', 'two'] }).process(() => 7),
  throws: worker({ name: 'throws', queue: 'ours', meta: { kept: true } }).process(() => {
    throw new TypeError('not that', { cause: new Error('but this') })
  }),
  fails: worker({ name: 'fails', queue: 'ours', maxAttempts: 1 }).process(() => fail('no')),
  snoozes: worker({ name: 'snoozes', queue: 'ours', meta: { kept: true } }).process(() => snooze({ hours: 1 })),
  cancels: worker({ name: 'cancels', queue: 'ours' }).process(() => cancel('enough')),
  discards: worker({ name: 'discards', queue: 'ours' }).process(() => discard('useless')),
}
type Name = keyof typeof workers
const names = Object.keys(workers) as readonly Name[]

describe.each([
  ['PGlite', 'Elixir', 'oban-v14-schema', memory],
  ['PostgreSQL', 'Elixir', 'oban-v14-schema', postgresFarAway],
  ['PostgreSQL', 'Python', 'oban-py-schema', postgresFarAway],
] as const)('what we write on %s, into the tables that %s made', (_server, _maker, dump, open) => {
  const prefix = `writes_${randomBytes(4).toString('hex')}`
  const inserted = new Map<Name, InsertedJob>()
  let database: Database
  let staffa: Staffa
  let producer: string
  let queued: { readonly later: InsertedJob; readonly unwanted: InsertedJob }

  beforeAll(async () => {
    database = await open()
    await database.query({ name: '', text: `SET TimeZone = '${zone}'` }, [])
    await restore(database, dump, prefix)
    const rescuer = { lease: { seconds: 3 } }
    const options = { prefix, node: 'ts-1', queues: { ours: 10 }, workers: Object.values(workers), rescuer }
    staffa = new Staffa({ ...options, database: { ...database, close: async () => {} } })
    await staffa.migrate()
    for (const name of names) inserted.set(name, await staffa.insert(workers[name].new({ n: name })))
    const later = await staffa.insert(workers.ok.new({}, { scheduleIn: { hours: 1 }, queue: 'other' }))
    const unwanted = await staffa.insert(workers.ok.new({}, { queue: 'other' }))
    queued = { later, unwanted }
    await staffa.jobs.cancel(unwanted.id)

    const happened = [attempts(names.length), beats(2)]
    await staffa.start()
    await Promise.all(happened)
    producer = staffa.queues.check('ours')?.uuid ?? ''
  }, 60_000)

  afterAll(async () => {
    await staffa.stop()
    await database.query({ name: '', text: 'RESET TimeZone' }, [])
    await database.close()
  })

  /** Resolves when so many attempts of this instance have ended, and it is written. */
  function attempts(count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count
      const stops = (['job.stop', 'job.exception'] as const).map((event) =>
        onTelemetry(event, ({ node, job }) => {
          if (node !== 'ts-1' || ![...inserted.values()].some(({ id }) => id === job.id)) return
          left -= 1
          if (left > 0) return
          for (const stop of stops) stop()
          resolve()
        }),
      )
    })
  }

  /** Resolves when this instance has said so often that its producers live: at first it has none yet. */
  function beats(count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count
      const stop = onTelemetry('service.stop', ({ node, service }) => {
        if (node !== 'ts-1' || service !== 'beater') return
        left -= 1
        if (left > 0) return
        stop()
        resolve()
      })
    })
  }

  async function rowOf(id: number): Promise<Stored> {
    const text = `SELECT to_jsonb(job)::text FROM "${prefix}".oban_jobs AS job WHERE id = $1::text::bigint`
    const { rows } = await database.query({ name: '', text }, [id])

    return JSON.parse(String(rows[0]?.[0]))
  }

  async function written(name: Name): Promise<Stored> {
    return rowOf(inserted.get(name)!.id)
  }

  async function minutesAgo(column: string, id: number): Promise<number> {
    const text = `SELECT date_part('epoch', timezone('UTC', now()) - ${column}) / 60 FROM "${prefix}".oban_jobs
      WHERE id = $1::text::bigint`
    const { rows } = await database.query({ name: '', text }, [id])

    return Number(rows[0]?.[0])
  }

  it.each(names)('is claimed by node and producer, never null, and in UTC: %s', async (name) => {
    const row = await written(name)

    expect(row.attempted_by).toEqual(['ts-1', expect.stringMatching(uuid)])
    expect(row.attempted_by).toEqual(['ts-1', producer])
    expect(row.attempted_at).toMatch(time)
    expect(row.meta).toBeTypeOf('object')
    expect(row.args).toEqual({ n: name })
    expect(Array.isArray(row.tags)).toBe(true)
    for (const column of ['inserted_at', 'attempted_at']) {
      const age = await minutesAgo(column, inserted.get(name)!.id)
      expect(age).toBeGreaterThanOrEqual(0)
      expect(age).toBeLessThan(5)
    }
  })

  it('is inserted available at the time of insertion, or scheduled', async () => {
    const ok = await written('ok')
    const later = await rowOf(queued.later.id)

    expect(ok.scheduled_at).toBe(ok.inserted_at)
    expect(ok).toMatchObject({ queue: 'ours', worker: 'ok', priority: 0, max_attempts: 20, tags: ['one', 'two'] })
    expect(later).toMatchObject({ state: 'scheduled', attempt: 0, meta: {}, errors: [], attempted_at: null })
    expect(await minutesAgo('scheduled_at', queued.later.id)).toBeCloseTo(-60, -1)
  })

  it('completes with a time, and nothing else', async () => {
    const row = await written('ok')

    expect(row).toMatchObject({ state: 'completed', attempt: 1, errors: [], completed_at: expect.stringMatching(time) })
    expect(row).toMatchObject({ cancelled_at: null, discarded_at: null })
  })

  it.each<[Name, string, RegExp]>([
    ['throws', 'retryable', /^\*\* \(TypeError\) not that\n( {4}.*\n)*Caused by: \*\* \(Error\) but this/],
    ['fails', 'discarded', /^\*\* \(Failed\) fails failed: no$/],
    ['cancels', 'cancelled', /^\*\* \(Cancelled\) cancels was cancelled: enough$/],
    ['discards', 'discarded', /^\*\* \(Discarded\) discards was discarded: useless$/],
  ])('tells of an error in one entry with a headline: %s', async (name, state, text) => {
    const row = await written(name)

    expect(row.state).toBe(state)
    expect(row.errors).toHaveLength(1)
    expect(Object.keys(row.errors[0]!).sort()).toEqual(['at', 'attempt', 'error'])
    expect(row.errors[0]).toEqual({
      at: expect.stringMatching(instant),
      attempt: 1,
      error: expect.stringMatching(text),
    })
    const stamp = { retryable: undefined, discarded: 'discarded_at', cancelled: 'cancelled_at' }[state]
    for (const column of ['completed_at', 'cancelled_at', 'discarded_at']) {
      if (column === stamp) expect(row[column]).toMatch(time)
      else expect(row[column]).toBeNull()
    }
  })

  it('waits between two attempts as Oban does', async () => {
    const row = await written('throws')
    const waited = Date.parse(`${row.scheduled_at}Z`) - Date.parse(String(row.errors[0]?.at))

    expect(row).toMatchObject({ attempt: 1, max_attempts: 20, meta: { kept: true } })
    expect(waited).toBeGreaterThanOrEqual(17_000)
    expect(waited).toBeLessThanOrEqual(18_700)
  })

  it('snoozes without using an attempt, and counts it', async () => {
    const row = await written('snoozes')

    expect(row).toMatchObject({ state: 'scheduled', attempt: 0, max_attempts: 20, errors: [] })
    expect(row.meta).toEqual({ kept: true, snoozed: 1 })
    expect(await minutesAgo('scheduled_at', inserted.get('snoozes')!.id)).toBeCloseTo(-60, -1)
  })

  it('cancels a job that waits with a time, and no error', async () => {
    const row = await rowOf(queued.unwanted.id)

    expect(row).toMatchObject({ state: 'cancelled', attempt: 0, errors: [], meta: {} })
    expect(row.cancelled_at).toMatch(time)
  })

  it('says which producers live in the table that oban-py reads', async () => {
    const text = `SELECT uuid::text, name, node, queue, meta::text FROM "${prefix}".oban_producers`
    const { rows } = await database.query({ name: '', text }, [])
    const [row] = rows

    expect(rows).toHaveLength(1)
    expect(row?.slice(0, 4)).toEqual([producer, 'Oban', 'ts-1', 'ours'])
    expect(JSON.parse(String(row?.[4]))).toMatchObject({ local_limit: 10, paused: false })
  })
})

/** From the table of Oban's own default: the least and the most seconds after an attempt of 20. */
it.each([
  [1, 17, 18],
  [2, 19, 20],
  [3, 23, 25],
  [4, 31, 34],
  [5, 47, 51],
  [6, 79, 86],
  [7, 143, 157],
  [8, 271, 298],
  [9, 527, 579],
  [10, 1039, 1142],
  [11, 2063, 2269],
  [12, 4111, 4522],
  [15, 32_783, 36_061],
  [19, 524_303, 576_733],
  [20, 1_048_591, 1_153_450],
])('after attempt %i a job waits for %i to %i seconds, as with Oban', (attempt, least, most) => {
  expect(backoff({ attempt, maxAttempts: 20 }, () => 0)).toBe(least)
  expect(backoff({ attempt, maxAttempts: 20 }, () => 1 - Number.EPSILON)).toBe(most)
})

function postgresFarAway(): Database {
  const url = new URL(inject('databaseUrl'))
  url.searchParams.set('options', `-c TimeZone=${zone}`)

  return postgres(url.href)
}
