import { type TestStaffa, untilEvent } from '@staffa/testing'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { newJob, type Transaction, worker } from '../../src/index.ts'
import { definePlugin } from '../../src/plugin.ts'
import { allHeard, events, instance, noop, sibling, still } from './kit.ts'

/** What the table's channel for inserts tells, from now on. */
async function notices(staffa: TestStaffa): Promise<unknown[]> {
  const heard: unknown[] = []
  await new Promise<void>((resolve) => {
    onTestFinished(staffa.listen('insert', (notice) => heard.push(notice), resolve))
  })

  return heard
}

/** Tables with a rule of their owner's: no job may be in the queue `refused`. */
async function refusing(): Promise<TestStaffa> {
  const staffa = await instance()
  await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_jobs ADD CHECK (queue <> 'refused')`)

  return staffa
}

describe('inserting', () => {
  test('gives back the whole row', async () => {
    const staffa = await instance()
    const options = { queue: 'mail', priority: 3, maxAttempts: 7, tags: ['A'], meta: { trace: 1 } }
    const job = await staffa.insert(noop.new({ to: 'ann' }, options))

    expect(job).toMatchObject({ state: 'available', worker: 'noop', args: { to: 'ann' }, conflict: false })
    expect(job).toMatchObject({ ...options, tags: ['a'], attempt: 0, errors: [], attemptedBy: [] })
    expect(job.insertedAt).toEqual(job.scheduledAt)
    const { conflict: _conflict, ...row } = job
    expect(await staffa.jobs.get(job.id)).toEqual(row)
    expect(Object.isFrozen(job)).toBe(true)
  })

  test.each([3_600, 0.5, 0, -3_600])(
    'a delay makes a job wait for the stager, also one of %d s',
    async (scheduleIn) => {
      const staffa = await instance()
      const job = await staffa.insert(noop.new({}, { scheduleIn, scheduledAt: new Date() }))

      expect(job).toMatchObject({ state: 'scheduled', attempt: 0 })
      expect(job.scheduledAt.getTime() - job.insertedAt.getTime()).toBe(scheduleIn * 1_000)
    },
  )

  test('an instant is kept as it is', async () => {
    const staffa = await instance()
    const scheduledAt = new Date('2001-01-01T00:00:00.123Z')

    expect(await staffa.insert(noop.new({}, { scheduledAt }))).toMatchObject({ state: 'scheduled', scheduledAt })
  })

  test('a job may begin in another state, as workflows need it', async () => {
    const staffa = await instance()
    const held = await staffa.insert({ ...noop.new({}), state: 'suspended' })
    const done = await staffa.insert({ ...noop.new({}, { scheduleIn: { hours: 1 } }), state: 'completed' })

    expect([held.state, done.state]).toEqual(['suspended', 'completed'])
  })

  test('only jobs that can run at once send a notice, one a queue', async () => {
    const staffa = await instance()
    const heard = await notices(staffa)
    const queues = ['a', 'b', 'a', 'b', 'a']
    await staffa.insert(noop.new({}, { queue: 'later', scheduleIn: { hours: 1 } }))
    await staffa.insertAll([
      ...queues.map((queue) => noop.new({}, { queue })),
      noop.new({}, { queue: 'c', scheduleIn: 1 }),
    ])
    await staffa.insert(noop.new({}, { queue: 'd' }))
    await allHeard(staffa)

    expect(heard).toEqual([{ queue: 'a' }, { queue: 'b' }, { queue: 'd' }])
  })

  test('lists, other iterables and async iterables are inserted whole and in order', async () => {
    const staffa = await instance()
    const numbers = Array.from({ length: 2_300 }, (_n, index) => index)
    const jobs = numbers.map((n) => noop.new({ n }))
    async function* stream() {
      yield* jobs
    }

    for (const given of [jobs, new Set(jobs), stream()]) {
      const inserted = await staffa.insertAll(given)
      expect(inserted.map(({ args }) => args.n)).toEqual(numbers)
      const ids = inserted.map(({ id }) => id)
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    }
    expect(await staffa.jobs.count()).toBe(3 * numbers.length)
  })

  test('nothing is a list as well', async () => {
    const staffa = await instance()

    expect(await staffa.insertAll([])).toEqual([])
    await expect(staffa.insertAll(noop.new({}) as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('one job that a layer refuses keeps the whole list out', async () => {
    const staffa = await instance()
    const choosy = worker({ name: 'choosy' })
      .use(
        definePlugin({
          plugin: 'choosy',
          insert: (job) => {
            if (job.args.bad) throw new Error('not this one')
            return job
          },
        }),
      )
      .process(() => {})

    await expect(staffa.insertAll([choosy.new({}), choosy.new({ bad: true })])).rejects.toThrow('not this one')
    expect(await staffa.jobs.count()).toBe(0)
  })

  test('a row that the table refuses keeps the whole list out, however long', async () => {
    const staffa = await refusing()

    await expect(
      staffa.insertAll([...Array(1_500).fill(noop.new({})), noop.new({}, { queue: 'refused' })]),
    ).rejects.toMatchObject({
      code: '23514',
    })
    expect(await staffa.jobs.count()).toBe(0)
  })

  test('single inserts of one moment share a statement and a notice, and each keeps its own result and error', async () => {
    const staffa = await refusing()
    const heard = await notices(staffa)
    const spans = events('engine.stop', staffa.node)
    const good = Array.from({ length: 50 }, (_n, n) => staffa.insert(noop.new({ n })))
    const jobs = await Promise.all(good)
    expect(jobs.map(({ args }) => args.n)).toEqual(jobs.map((_n, n) => n))
    expect(spans.filter(({ verb }) => verb === 'insertJobs')).toHaveLength(1)
    await allHeard(staffa)
    expect(heard).toEqual([{ queue: 'default' }])

    const bad = noop.new({}, { queue: 'refused' })
    const mixed = [noop.new({ n: 'a' }), bad, noop.new({ n: 'b' })].map((job) => staffa.insert(job))
    const [a, refused, b] = await Promise.allSettled(mixed)
    expect(a).toMatchObject({ status: 'fulfilled', value: { args: { n: 'a' } } })
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: '23514' } })
    expect(b).toMatchObject({ status: 'fulfilled', value: { args: { n: 'b' } } })
  })

  test('a program that only inserts needs neither workers nor a start', async () => {
    const node = await instance({ workers: [noop], queues: { default: 1 }, start: true })
    const program = await sibling(node, still)
    const ended = untilEvent('job.stop', ({ job }) => job.args.from === 'elsewhere')
    await program.insert(newJob('noop', { from: 'elsewhere' }))

    expect(await ended).toMatchObject({ node: node.node, state: 'completed' })
  })

  test("in Kysely's transaction a job exists if and only if it commits, and so does its notice", async () => {
    const staffa = await instance()
    const heard = await notices(staffa)
    const insert = (n: number, fail: boolean) =>
      staffa.database.kysely.transaction().execute(async (transaction) => {
        const first = await staffa.insert(noop.new({ n }), { transaction })
        await staffa.insertAll([noop.new({ after: first.id })], { transaction })
        if (fail) throw new Error('rolled back')
        return first
      })

    await expect(insert(1, true)).rejects.toThrow('rolled back')
    expect(await staffa.jobs.count()).toBe(0)
    const first = await insert(2, false)
    expect((await staffa.jobs.list()).map(({ args }) => args)).toEqual([{ after: first.id }, { n: 2 }])
    await allHeard(staffa)
    expect(heard).toEqual([{ queue: 'default' }])
  })

  test('what is no transaction is refused', async () => {
    const staffa = await instance()

    for (const transaction of [null, 'BEGIN', {}, { query: true }]) {
      const inserting = staffa.insert(noop.new({}), { transaction: transaction as never })
      await expect(inserting).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
    const empty: Transaction = { query: async () => undefined as never }
    await expect(staffa.insert(noop.new({}), { transaction: empty })).rejects.toMatchObject({
      code: 'INVALID_TRANSACTION',
    })
  })
})

test('a client of pg is a transaction, whatever types it parses and however it gives rows', async () => {
  const staffa = await instance()
  const client = new pg.Client({ connectionString: inject('databaseUrl') })
  await client.connect()
  onTestFinished(() => client.end())

  await client.query('BEGIN')
  const job = await staffa.insert(noop.new({ n: 1 }, { tags: ['x'], deadline: 60 }), { transaction: client as never })
  expect(await staffa.jobs.get(job.id)).toBeUndefined()
  await client.query('COMMIT')
  const { conflict: _conflict, ...row } = job
  expect(await staffa.jobs.get(job.id)).toEqual(row)

  const bare: Transaction = { query: async (text, values) => (await client.query(text, values)).rows }
  await client.query('BEGIN')
  const dropped = await staffa.insert(noop.new({}), { transaction: bare })
  await client.query('ROLLBACK')
  expect(await staffa.jobs.get(dropped.id)).toBeUndefined()
})
