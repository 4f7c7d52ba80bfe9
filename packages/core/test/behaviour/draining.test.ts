import type { TestStaffa } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cancel, discard, fail, newJob, onTelemetry, snooze, worker } from '../../src/index.ts'
import { events, gate, instance, quiet, shared, sibling } from './kit.ts'

const ends: Readonly<Record<string, () => unknown>> = {
  OK: () => 'fine',
  CANCEL: () => cancel('because'),
  DISCARD: () => discard('hopeless'),
  ERROR: () => fail('ERROR'),
  FAIL: () => Promise.reject(new TypeError('FAILED')),
  SNOOZE: () => snooze({ minutes: 1 }),
}
const act = worker({ name: 'act' })
  .typed<{ end: string }>()
  .process(({ args }) => ends[args.end]?.())

const again = worker({ name: 'again' })
  .typed<{ left: number }>()
  .process(async ({ args, staffa, job }) => {
    if (args.left > 0) await staffa.insert(again.new({ left: args.left - 1 }, { queue: job.queue }))
  })
const nothing = { completed: 0, snoozed: 0, cancelled: 0, discarded: 0, failed: 0 }

describe('draining', () => {
  const table = shared(() => ({ workers: [act, again] }))
  let queues = 0
  const freshQueue = () => `queue-${++queues}`

  const insert = (queue: string, list: readonly string[], options: object = {}) =>
    table().insertAll(list.map((end) => act.new({ end }, { queue, ...options })))

  test('tells how the attempts ended, and leaves the jobs as a node would', async () => {
    const queue = freshQueue()
    await insert(queue, ['OK', 'FAIL', 'ERROR', 'CANCEL', 'SNOOZE', 'OK', 'DISCARD', 'SNOOZE', 'OK'])
    await insert(queue, ['FAIL', 'ERROR'], { maxAttempts: 1 })
    await insert('another-queue', ['OK'])

    expect(await table().drain({ queue })).toEqual({
      completed: 3,
      snoozed: 2,
      cancelled: 1,
      discarded: 3,
      failed: 2,
    })
    expect((await table().jobs.list({ queue })).map(({ state }) => state).toReversed()).toEqual([
      ...['completed', 'retryable', 'retryable', 'cancelled', 'scheduled', 'completed', 'discarded', 'scheduled'],
      ...['completed', 'discarded', 'discarded'],
    ])
    expect(await table().drain({ queue })).toEqual(nothing)
    expect(await table().jobs.count({ queue: 'another-queue', state: 'available' })).toBe(1)
  })

  test('runs jobs in their order, under a claim of its own', async () => {
    const queue = freshQueue()
    const started = events('job.start', table().node)
    const [last, first] = await table().insertAll([
      act.new({ end: 'OK' }, { queue, priority: 1 }),
      act.new({ end: 'OK' }, { queue }),
    ])
    await table().drain({ queue })

    expect(started.map(({ job }) => job.id)).toEqual([first?.id, last?.id])
    const uuid = expect.stringMatching(/^[\da-f-]{36}$/)
    expect(await table().jobs.list({ queue })).toMatchObject([
      { attempt: 1, attemptedBy: [table().node, uuid] },
      { attempt: 1, attemptedBy: [table().node, uuid] },
    ])
    expect(await table().query(`SELECT * FROM "${table().prefix}".oban_producers`)).toEqual([])
  })

  test('tells of every attempt, as a node does', async () => {
    const queue = freshQueue()
    await insert(queue, ['OK', 'FAIL'])
    const stopped = events('job.stop', table().node)
    const failed = events('job.exception', table().node)
    await table().drain({ queue })

    expect(stopped).toMatchObject([{ state: 'completed', result: 'fine', duration: expect.any(Number) }])
    expect(failed).toMatchObject([
      { state: 'retryable', error: new TypeError('FAILED'), queueTime: expect.any(Number) },
    ])
  })

  test('leaves what is not due, unless it is told otherwise', async () => {
    const queue = freshQueue()
    await insert(queue, ['OK'], { scheduleIn: { days: 1 } })
    await insert(queue, ['OK'], { scheduleIn: { days: 3 } })
    await insert(queue, ['FAIL'])
    expect(await table().drain({ queue })).toEqual({ ...nothing, failed: 1 })
    expect(await table().drain({ queue })).toEqual(nothing)

    const tomorrow = new Date(Date.now() + 30 * 3_600_000)
    expect(await table().drain({ queue, scheduled: new Date() })).toEqual(nothing)
    expect(await table().drain({ queue, scheduled: tomorrow })).toEqual({ ...nothing, completed: 1, failed: 1 })
    expect(await table().drain({ queue, scheduled: true })).toEqual({ ...nothing, completed: 1, failed: 1 })
  })

  test('goes on with what jobs insert, when it is told to', async () => {
    const [once, all] = [freshQueue(), freshQueue()]
    await table().insert(again.new({ left: 3 }, { queue: once }))
    await table().insert(again.new({ left: 3 }, { queue: all }))

    expect(await table().drain({ queue: once })).toEqual({ ...nothing, completed: 1 })
    expect(await table().drain({ queue: all, recursion: true })).toEqual({ ...nothing, completed: 4 })
  })

  test('runs no more than the limit in a round', async () => {
    const queue = freshQueue()
    await insert(queue, ['OK', 'OK', 'OK', 'OK', 'OK'])

    expect(await table().drain({ queue, limit: 1 })).toMatchObject({ completed: 1 })
    expect(await table().drain({ queue, limit: 2 })).toMatchObject({ completed: 2 })
    expect(await table().drain({ queue, limit: 1, recursion: true })).toMatchObject({ completed: 2 })
  })

  test('counts jobs that had no attempts left', async () => {
    const queue = freshQueue()
    const [job] = await insert(queue, ['OK'])
    await table().query(`UPDATE "${table().prefix}".oban_jobs SET attempt = max_attempts WHERE id = $1`, [job?.id])

    expect(await table().drain({ queue })).toEqual({ ...nothing, discarded: 1 })
  })

  test('without safety throws what a job throws, once that is written, and gives the rest back', async () => {
    const queue = freshQueue()
    await insert(queue, ['OK', 'ERROR', 'FAIL', 'OK', 'OK'])
    await expect(table().drain({ queue, safety: false })).rejects.toEqual(new TypeError('FAILED'))

    expect((await table().jobs.list({ queue })).map(({ state, attempt }) => [state, attempt]).toReversed()).toEqual([
      ['completed', 1],
      ['retryable', 1],
      ['retryable', 1],
      ['available', 0],
      ['available', 0],
    ])
    await expect(table().drain({ queue, safety: false })).resolves.toMatchObject({ completed: 2 })
  })

  test('without safety throws for an unknown worker, and not for a deadline', async () => {
    const queue = freshQueue()
    await table().insert(newJob('unheard-of', {}, { queue }))
    await expect(table().drain({ queue, safety: false })).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' })
    await insert(queue, ['OK'], { scheduleIn: -100, deadline: 50 })

    expect(await table().drain({ queue, safety: false, scheduled: new Date() })).toEqual({ ...nothing, cancelled: 1 })
  })

  test.each([
    {},
    { queue: '' },
    { queue: 'a', limit: 0 },
    { queue: 'a', limit: 1.5 },
    { queue: 'a', concurrency: 0 },
    { queue: 'a', scheduled: 'now' },
    { queue: 'a', scheduled: new Date(Number.NaN) },
    { queue: 'a', safety: 1 },
    { queue: 'a', recursion: 'yes' },
    { queue: 'a', with_safety: true },
    { queue: 'a', signal: {} },
    null,
  ])('refuses %j', async (settings) => {
    await expect(table().drain(settings as never)).rejects.toMatchObject({ name: 'StaffaError' })
  })
})

describe('while a queue is drained', () => {
  /** An instance with jobs that wait at a gate. */
  async function waiting(count: number, options: object = {}) {
    const doors = gate()
    const reasons: unknown[] = []
    const waits = worker({ name: 'waits' }).process(({ job, signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))

      return doors.pass(job)
    })
    const staffa: TestStaffa = await instance({ workers: [waits], ...options })
    const jobs = await staffa.insertAll(Array.from({ length: count }, () => waits.new({})))

    return { staffa, doors, reasons, ids: jobs.map(({ id }) => id) }
  }

  test('as many jobs run at once as are asked for', async () => {
    const { staffa, doors } = await waiting(6)
    const drained = staffa.drain({ queue: 'default', concurrency: 4 })
    await doors.reached(4)
    expect(doors.begun).toHaveLength(4)
    doors.open()

    expect(await drained).toMatchObject({ completed: 6 })
  })

  test('it can be ended: what has not begun is given back', async () => {
    const { staffa, doors, ids } = await waiting(5)
    const controller = new AbortController()
    const drained = staffa.drain({ queue: 'default', concurrency: 2, signal: controller.signal, recursion: true })
    await doors.reached(2)
    controller.abort()
    doors.open()

    expect(await drained).toMatchObject({ completed: 2 })
    expect(doors.begun).toEqual(ids.slice(0, 2))
    expect(await staffa.jobs.count({ state: 'available' })).toBe(3)
  })

  test.each([1, 3])('ending it before jobs begin loses none of them (%i at once)', async (concurrency) => {
    const { staffa } = await waiting(3)
    const controller = new AbortController()
    onTestFinished(onTelemetry('engine.stop', ({ verb }) => verb === 'fetchJobs' && controller.abort()))

    expect(await staffa.drain({ queue: 'default', concurrency, signal: controller.signal })).toEqual(nothing)
    expect((await staffa.jobs.list()).map(({ state, attempt }) => [state, attempt])).toEqual([
      ['available', 0],
      ['available', 0],
      ['available', 0],
    ])
  })

  test('jobs can be cancelled, also those that have not begun', async () => {
    const { staffa, doors, reasons, ids } = await waiting(3)
    const drained = staffa.drain({ queue: 'default' })
    await doors.reached(1)
    expect(await staffa.jobs.cancel({ id: ids.slice(0, 2) })).toBe(2)
    await doors.reached(2)
    doors.open()

    expect(await drained).toEqual({ ...nothing, cancelled: 2, completed: 1 })
    expect(reasons).toMatchObject([{ code: 'CANCELLED' }])
    expect(doors.begun).toEqual([ids[0], ids[2]])
    expect((await staffa.jobs.list()).map(({ state }) => state)).toEqual(['completed', 'cancelled', 'cancelled'])
  })

  test('jobs that are cancelled elsewhere end here as well, with the next sign of life', async () => {
    const lease = { milliseconds: 300 }
    const { staffa, doors, reasons, ids } = await waiting(2, { rescuer: { lease } })
    const other = await sibling(staffa)
    const drained = staffa.drain({ queue: 'default' })
    await doors.reached(1)
    await other.jobs.cancel(ids[0] as number)
    await doors.reached(2)
    doors.open()

    expect(await drained).toEqual({ ...nothing, cancelled: 1, completed: 1 })
    expect(reasons).toMatchObject([{ code: 'CANCELLED' }])
  })

  test('other nodes know that it goes on, and take nothing back', async () => {
    const times = { rescuer: { lease: { milliseconds: 200 }, interval: { milliseconds: 50 } } }
    const { staffa, doors } = await waiting(1, times)
    const drained = staffa.drain({ queue: 'default' })
    await doors.reached(1)
    const other = await sibling(staffa, { ...times, start: true, node: 'rescuing', logger: quiet })
    const ticks = events('service.stop', 'rescuing')
    const begun = performance.now()
    await expect.poll(() => performance.now() - begun > 600 && ticks.length).toBeGreaterThan(3)
    doors.open()

    expect(await drained).toMatchObject({ completed: 1 })
    expect(await other.jobs.count({ state: 'completed' })).toBe(1)
  })
})
