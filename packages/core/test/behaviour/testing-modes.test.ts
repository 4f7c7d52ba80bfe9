import { describe, expect, test } from 'vitest'
import { cancel, discard, fail, newJob, snooze, type Worker, worker } from '../../src/index.ts'
import { withTestingMode } from '../../src/internal.ts'
import { events, instance, shared, sibling } from './kit.ts'

const named = (name: string, process: (context: { readonly attempt: number }) => unknown): Worker =>
  worker({ name }).process(({ job }) => process(job))

const seen: unknown[] = []
const workers = {
  fine: named('fine', () => 'fine'),
  cancels: named('cancels', () => cancel('because')),
  discards: named('discards', () => discard('hopeless')),
  fails: named('fails', () => fail('ERROR')),
  snoozes: named('snoozes', () => snooze({ minutes: 1 })),
  throws: named('throws', () => {
    throw new TypeError('FAILED')
  }),
  slow: worker({ name: 'slow', timeout: { milliseconds: 10 } }).process(() => new Promise(() => {})),
  looks: worker({ name: 'looks' }).process((context) => void seen.push(context)),
}

describe('inline', () => {
  const table = shared(() => ({
    workers: Object.values(workers),
    testing: 'inline',
    queues: { default: 1 },
    start: true,
  }))
  const now = expect.any(Date)

  test.each<[keyof typeof workers, object]>([
    ['fine', { state: 'completed', completedAt: now, errors: [] }],
    [
      'cancels',
      { state: 'cancelled', cancelledAt: now, errors: [{ attempt: 1, error: expect.stringContaining('because') }] },
    ],
    ['discards', { state: 'discarded', discardedAt: now, errors: [{ attempt: 1 }] }],
    [
      'fails',
      { state: 'retryable', scheduledAt: now, errors: [{ attempt: 1, error: '** (Failed) fails failed: ERROR' }] },
    ],
  ])('a job runs when it is inserted, and comes back as it has ended: %s', async (name, expected) => {
    const job = await table().insert(workers[name].new({}))

    expect(job).toMatchObject({
      attempt: 1,
      attemptedBy: [table().node],
      attemptedAt: now,
      conflict: false,
      ...expected,
    })
    expect(await table().jobs.list()).toEqual([])
  })

  test('a snoozed one has had no attempt', async () => {
    const job = await table().insert(workers.snoozes.new({}, { meta: { trace: 1 } }))

    expect(job).toMatchObject({ state: 'scheduled', attempt: 0, meta: { trace: 1, snoozed: 1 } })
    expect(job.scheduledAt.getTime() - job.insertedAt.getTime()).toBeGreaterThanOrEqual(60_000)
  })

  test('a failure in the last attempt discards', async () => {
    expect(await table().insert(workers.fails.new({}, { maxAttempts: 1 }))).toMatchObject({ state: 'discarded' })
  })

  test('what a job throws is thrown, also that its time is over or nobody knows its worker', async () => {
    await expect(table().insert(workers.throws.new({}))).rejects.toEqual(new TypeError('FAILED'))
    await expect(table().insert(workers.slow.new({}))).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(table().insert(newJob('nobody', {}))).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' })
  })

  test('args and meta have been through JSON, and the job looks as if it were fetched', async () => {
    await table().insert(workers.looks.new({ at: { n: 1 } }, { meta: { m: [1] }, scheduleIn: { hours: 1 } }))

    expect(seen.pop()).toMatchObject({
      args: { at: { n: 1 } },
      job: { state: 'executing', attempt: 1, meta: { m: [1] }, queue: 'default', worker: 'looks' },
    })
  })

  test('schedules and uniqueness are not waited for', async () => {
    const options = { unique: true, scheduleIn: { days: 1 } } as const
    const states = [
      await table().insert(workers.fine.new({}, options)),
      await table().insert(workers.fine.new({}, options)),
    ]

    expect(states.map(({ state, conflict }) => [state, conflict])).toEqual([
      ['completed', false],
      ['completed', false],
    ])
  })

  test('what would not run from the state that it begins in does not run', async () => {
    const held = await table().insert({ ...workers.throws.new({}), state: 'suspended' })

    expect(held).toMatchObject({ state: 'suspended', attempt: 0, attemptedBy: [], attemptedAt: undefined })
  })

  test('many run one after another, also of a stream', async () => {
    async function* stream() {
      yield workers.fine.new({})
      yield workers.fails.new({})
    }

    expect(
      (await table().insertAll([workers.fine.new({}), workers.cancels.new({})])).map(({ state }) => state),
    ).toEqual(['completed', 'cancelled'])
    expect((await table().insertAll(stream())).map(({ state }) => state)).toEqual(['completed', 'retryable'])
    expect(await table().insertAll([])).toEqual([])
  })

  test('jobs that a job inserts run within it', async () => {
    const order: string[] = []
    const inner = named('inner', () => void order.push('inner'))
    const outer = worker({ name: 'outer' }).process(async ({ staffa }) => {
      order.push('outer begins')
      await staffa.insert(inner.new({}))
      order.push('outer ends')
    })
    const staffa = await instance({ workers: [inner, outer], testing: 'inline' })
    await staffa.insert(outer.new({}))

    expect(order).toEqual(['outer begins', 'inner', 'outer ends'])
  })

  test('attempts are told of, as ever', async () => {
    const [starts, stops, exceptions] = [events('job.start'), events('job.stop'), events('job.exception')]
    await table().insert(workers.fine.new({}))
    await table()
      .insert(workers.throws.new({}))
      .catch(() => {})

    expect(starts).toMatchObject([{ job: { worker: 'fine' } }, { job: { worker: 'throws' } }])
    expect(stops).toMatchObject([{ state: 'completed', result: 'fine', queueTime: 0 }])
    expect(exceptions).toMatchObject([{ state: 'retryable', error: new TypeError('FAILED') }])
  })

  test('nothing is there to change, and nothing is worked', async () => {
    expect(await table().jobs.cancel({ worker: 'fine' })).toBe(0)
    expect(await table().jobs.retry({ worker: 'fine' })).toBe(0)
    expect(table().queues.checkAll()).toEqual([])
  })
})

describe('manual', () => {
  test('jobs are written and wait: no queue, no service, no leader runs', async () => {
    const spans = events('service.start')
    const staffa = await instance({
      workers: Object.values(workers),
      testing: 'manual',
      queues: { default: 5 },
      start: true,
    })
    const due = await staffa.insert(workers.fine.new({}))
    await staffa.insert(workers.fine.new({}, { scheduleIn: -1 }))
    await staffa.queues.start('other', 1)

    expect(staffa.queues.checkAll()).toEqual([])
    expect((await staffa.jobs.list()).map(({ state }) => state)).toEqual(['scheduled', 'available'])
    expect(spans.filter(({ node }) => node === staffa.node)).toEqual([])
    expect(await staffa.drain({ queue: 'default', scheduled: true })).toMatchObject({ completed: 2 })
    expect(await staffa.jobs.get(due.id)).toMatchObject({ state: 'completed' })
  })

  test('unique jobs are unique', async () => {
    const staffa = await instance({ testing: 'manual', start: true })
    const flags = [1, 2].map(() => staffa.insert(newJob('send', {}, { unique: true })))

    expect((await Promise.all(flags)).map(({ conflict }) => conflict)).toEqual([false, true])
  })
})

describe('a mode for a function alone', () => {
  test('holds in all that it begins, and ends with it', async () => {
    const staffa = await instance({ workers: [workers.fine], testing: 'manual' })
    const insert = async () => (await staffa.insert(workers.fine.new({}))).state

    expect(await insert()).toBe('available')
    expect(await withTestingMode('inline', () => Promise.all([insert(), Promise.resolve().then(insert)]))).toEqual([
      'completed',
      'completed',
    ])
    expect(await insert()).toBe('available')
  })

  test('wins over the mode of the instance, both ways and nested', async () => {
    const staffa = await instance({ workers: [workers.fine], testing: 'inline' })
    const insert = async () => (await staffa.insert(workers.fine.new({}))).state
    const states = await withTestingMode('manual', async () => [
      await insert(),
      await withTestingMode('inline', insert),
    ])

    expect(states).toEqual(['available', 'completed'])
    expect(await insert()).toBe('completed')
  })
})

test.each(['manual', 'inline'] as const)('what has no tables does not start: %s', async (testing) => {
  const there = await instance()
  const staffa = await sibling(there, { testing })
  await there.query(`DROP TABLE "${there.prefix}".oban_jobs`)

  await expect(staffa.start()).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
})
