import { settled } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import {
  cancel,
  complete,
  discard,
  fail,
  isStaffaError,
  type Job,
  type JobError,
  type JobOptions,
  jobStates,
  newJob,
  snooze,
  worker,
} from '../../src/index.ts'
import { databases, events, instance, shared } from './kit.ts'

const ends: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  value: () => ({ rows: 3 }),
  false: () => false,
  complete: () => complete('done'),
  cancel: () => cancel('because'),
  discard: () => discard('hopeless'),
  fail: () => fail('ERROR'),
  snooze: () => snooze({ minutes: 1 }),
  'snooze in seconds': () => snooze(90),
  'snooze wrongly': () => snooze({ minutes: 'five' } as never),
  throw: () => {
    throw new TypeError('FAILED')
  },
  reject: () => Promise.reject(new Error('FAILED')),
  'throw text': () => {
    throw 'a text'
  },
  'throw nothing': () => Promise.reject(undefined),
  'throw an error with a cause': () => {
    throw new Error('outer', { cause: new RangeError('inner') })
  },
  'resolve later': () => new Promise((resolve) => setImmediate(resolve)),
}

const act = worker({ name: 'act' })
  .typed<{ end: string }>()
  .process(({ args }) => ends[args.end]?.())

const waits = worker({ name: 'waits', backoff: ({ attempt }, error) => ({ seconds: attempt * 100 + Number(error) }) })
  .typed<{ error: number }>()
  .process(({ args }) => fail(args.error))

const never = worker({ name: 'never' }).process(() => new Promise(() => {}))
const slow = worker({ name: 'slow', timeout: { milliseconds: 30 }, backoff: () => 7 }).process(
  () => new Promise(() => {}),
)
const chosen = worker({ name: 'chosen', timeout: ({ args }) => ({ milliseconds: Number(args.ms) }) }).process(
  () => new Promise(() => {}),
)
const heeding = worker({ name: 'heeding', timeout: { milliseconds: 30 } }).process(
  ({ signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
)

describe.each(databases)('an attempt on %s', (_, database) => {
  const table = shared(() => ({
    database: database(),
    workers: [act, waits, never, slow, chosen, heeding],
    queues: { default: 10 },
    stager: false,
    start: true,
  }))

  const attempted = { states: jobStates.filter((state) => state !== 'available' && state !== 'executing') }
  const run = async (end: string, options?: JobOptions): Promise<Job> =>
    settled(table(), await table().insert(act.new({ end }, options)), attempted)

  const headline = ({ error }: JobError) => error.split('\n')[0]
  const secondsUntil = (job: Job) => (job.scheduledAt.getTime() - Number(job.attemptedAt)) / 1_000

  test.each(['nothing', 'value', 'false', 'complete', 'resolve later'])(
    'completes a job that gives %s',
    async (end) => {
      const job = await run(end)

      expect(job).toMatchObject({ state: 'completed', attempt: 1, errors: [], meta: {} })
      expect(Number(job.completedAt)).toBeGreaterThanOrEqual(Number(job.attemptedAt))
      expect(job).toMatchObject({ cancelledAt: undefined, discardedAt: undefined })
    },
  )

  test('is known to the job: its number, its instant, its node and its producer', async () => {
    const job = await run('nothing')

    expect(job.attemptedBy).toEqual([table().node, table().queues.check('default')?.uuid])
    expect(Number(job.attemptedAt)).toBeGreaterThanOrEqual(Number(job.insertedAt))
  })

  test('cancels a job that asks for it', async () => {
    const job = await run('cancel')

    expect(job).toMatchObject({ state: 'cancelled', cancelledAt: expect.any(Date), attempt: 1 })
    expect(job.errors).toMatchObject([{ attempt: 1, error: '** (Cancelled) act was cancelled: because' }])
  })

  test('discards a job that asks for it, whatever attempts are left', async () => {
    const job = await run('discard')

    expect(job).toMatchObject({ state: 'discarded', discardedAt: expect.any(Date), attempt: 1, maxAttempts: 20 })
    expect(job.errors).toMatchObject([{ attempt: 1, error: '** (Discarded) act was discarded: hopeless' }])
  })

  test.each([
    ['fail', '** (Failed) act failed: ERROR'],
    ['throw', '** (TypeError) FAILED\n'],
    ['reject', '** (Error) FAILED\n'],
    ['throw text', '** (Thrown) a text'],
    ['throw nothing', '** (Thrown) undefined'],
    ['snooze wrongly', '** (StaffaError INVALID_OPTION) expected snooze.minutes to be a number'],
  ])('retries a job after an error: %s', async (end, headline) => {
    const job = await run(end)

    expect(job).toMatchObject({ state: 'retryable', attempt: 1, discardedAt: undefined })
    expect(job.errors).toHaveLength(1)
    expect(job.errors[0]).toMatchObject({ attempt: 1, error: expect.stringContaining(headline) })
    expect(Math.abs(Number(job.errors[0]?.at) - Number(job.attemptedAt))).toBeLessThan(10_000)
    expect(secondsUntil(job)).toBeGreaterThanOrEqual(17)
    expect(secondsUntil(job)).toBeLessThan(28)
  })

  test('keeps the causes of an error', async () => {
    const job = await run('throw an error with a cause')

    expect(job.errors[0]?.error).toMatch(/^\*\* \(Error\) outer\n[\s\S]*Caused by: \*\* \(RangeError\) inner/)
  })

  test.each(['fail', 'throw'])('discards a job that has no attempts left: %s', async (end) => {
    const job = await run(end, { maxAttempts: 1 })

    expect(job).toMatchObject({ state: 'discarded', attempt: 1, discardedAt: expect.any(Date) })
    expect(job.errors).toHaveLength(1)
  })

  test('appends an error for each attempt, until none is left', async () => {
    const { id } = await run('fail', { maxAttempts: 3 })
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      const before = await table().jobs.retry(id)
      expect(before).toMatchObject({ state: 'available', attempt: attempt - 1, maxAttempts: 3 })
      await settled(table(), id, attempted)
    }
    const job = await table().jobs.get(id)

    expect(job).toMatchObject({ state: 'discarded', attempt: 3 })
    expect(job?.errors.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  test.each([
    ['snooze', 60],
    ['snooze in seconds', 90],
  ])('lets a job wait that asks for it, at no cost: %s', async (end, seconds) => {
    const job = await run(end, { meta: { trace: 1 } })

    expect(job).toMatchObject({ state: 'scheduled', attempt: 0, maxAttempts: 20, errors: [] })
    expect(job.meta).toEqual({ trace: 1, snoozed: 1 })
    expect(secondsUntil(job)).toBeGreaterThanOrEqual(seconds)
    expect(secondsUntil(job)).toBeLessThan(seconds + 10)

    await table().jobs.retry(job.id)
    expect(await settled(table(), job, { states: ['scheduled'] })).toMatchObject({
      attempt: 0,
      meta: { trace: 1, snoozed: 2 },
    })
  })

  test("waits for as long as the worker's own backoff says of the attempt and the error", async () => {
    const job = await settled(table(), await table().insert(waits.new({ error: 42 })), attempted)

    expect(Math.round(secondsUntil(job))).toBe(142)
  })

  test('fails a job whose worker is not known here', async () => {
    const job = await settled(table(), await table().insert(newJob('chosne', {})), attempted)

    expect(job).toMatchObject({ state: 'retryable', attempt: 1 })
    expect(job.errors.map(headline)).toEqual([
      '** (StaffaError UNKNOWN_WORKER) unknown worker: chosne, did you mean "chosen"?',
    ])
  })

  test.each([
    ["the worker's", slow.new({}), 'slow timed out after 30ms', 7],
    ["the worker's, for the job", chosen.new({ ms: 20 }), 'chosen timed out after 20ms', undefined],
    ["the job's own", never.new({}, { timeout: { milliseconds: 25 } }), 'never timed out after 25ms', undefined],
    ["the job's own over the worker's", slow.new({}, { timeout: { milliseconds: 5 } }), 'slow timed out after 5ms', 7],
    ['heeded by the function', heeding.new({}), 'heeding timed out after 30ms', undefined],
  ])('fails a job that takes too long: the limit is %s', async (_name, job, message, wait) => {
    const ended = await settled(table(), await table().insert(job), attempted)

    expect(ended).toMatchObject({ state: 'retryable', attempt: 1 })
    expect(ended.errors.map(headline)).toEqual([`** (StaffaError TIMEOUT) ${message}`])
    if (wait !== undefined) expect(Math.round(secondsUntil(ended))).toBe(wait)
  })

  test('discards a job that takes too long in its last attempt', async () => {
    const ended = await settled(table(), await table().insert(slow.new({}, { maxAttempts: 1 })), attempted)

    expect(ended).toMatchObject({ state: 'discarded' })
  })

  test('is not made when its deadline has passed: the job is cancelled', async () => {
    const options = { scheduleIn: { minutes: -10 }, deadline: { minutes: 9 } }
    const job = await table().insert(act.new({ end: 'value' }, options))
    await table().query(`UPDATE "${table().prefix}".oban_jobs SET state = 'available' WHERE id = $1`, [job.id])
    await table().notify('insert', { queue: 'default' })
    const ended = await settled(table(), job)

    expect(ended).toMatchObject({ state: 'cancelled', attempt: 1, cancelledAt: expect.any(Date) })
    expect(ended.errors[0]?.error).toContain('** (StaffaError DEADLINE) act was not run before its deadline')
  })

  test('is made as long as the deadline has not passed', async () => {
    expect(await run('value', { deadline: { minutes: 1 } })).toMatchObject({ state: 'completed' })
  })
})

describe('the order of execution', () => {
  const order: unknown[] = []
  const note = worker({ name: 'note' })
    .typed<{ n: unknown }>()
    .process(({ args }) => void order.push(args.n))
  const table = shared(() => ({ workers: [note], queues: { default: { limit: 1, paused: true } } }))

  test('is by priority, then by time, then by id', async () => {
    const past = (minutes: number) => ({ scheduleIn: { minutes: -minutes } })
    const jobs = [
      note.new({ n: 5 }, { priority: 1 }),
      note.new({ n: 3 }),
      note.new({ n: 4 }),
      note.new({ n: 6 }, { priority: 9 }),
    ]
    await table().insertAll([...jobs, note.new({ n: 2 }, past(1)), note.new({ n: 1 }, past(2))])
    await table().insert(note.new({ n: 'never' }, { scheduleIn: { hours: 1 } }))
    const completed = events('job.stop')
    await table().start()
    await expect.poll(() => table().jobs.count({ state: 'available' })).toBe(6)
    await table().queues.resume('default', { local: true })
    await expect.poll(() => completed.length).toBe(6)

    expect(order).toEqual([1, 2, 3, 4, 5, 6])
  })
})

test('errors of Staffa are told by their code', async () => {
  const codes: unknown[] = []
  const asking = worker({ name: 'asking', timeout: { milliseconds: 20 } }).process(
    ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          if (isStaffaError(signal.reason)) codes.push(signal.reason.code)
          resolve()
        })
      }),
  )
  const staffa = await instance({ workers: [asking], queues: { default: 1 }, start: true })
  await settled(staffa, await staffa.insert(asking.new({})), { states: ['retryable'] })

  expect(codes).toEqual(['TIMEOUT'])
})
