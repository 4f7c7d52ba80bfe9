import { manualClock, settled, untilEvent } from '@staffa/testing'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { fail, newJob, postgres, type StaffaOptions, worker } from '../../src/index.ts'
import { events, instance, noop, sibling, still } from './kit.ts'

const often = { stager: { interval: { milliseconds: 20 } } }

describe('staging', () => {
  test('makes jobs available when they are due, and leaves the rest', async () => {
    const clock = manualClock()
    const staffa = await instance({ clock, ...often, start: true })
    const at = (seconds: number) => ({ scheduledAt: new Date(clock.now().getTime() + seconds * 1_000) })
    const jobs = [-3_600, 0, 60].map((seconds) => newJob('noop', {}, at(seconds)))
    const retryable = { ...newJob('noop', {}, at(-1)), state: 'retryable' as const }
    const held = { ...newJob('noop', {}, at(-1)), state: 'suspended' as const }
    const inserted = await staffa.insertAll([...jobs, retryable, held])
    const states = async () => (await staffa.jobs.list()).map(({ state }) => state).toReversed()
    await settled(staffa, inserted[3]?.id as number, { states: ['available'] })
    expect(await states()).toEqual(['available', 'available', 'scheduled', 'available', 'suspended'])

    clock.advance({ minutes: 1 })
    await settled(staffa, inserted[2]?.id as number, { states: ['available'] })
    expect(await staffa.jobs.get(inserted[2]?.id as number)).toMatchObject({ scheduledAt: inserted[2]?.scheduledAt })
  })

  test('runs scheduled jobs, and failed ones again', async () => {
    let attempts = 0
    const flaky = worker({ name: 'flaky', backoff: () => 0 }).process(() => (++attempts < 3 ? fail() : attempts))
    const staffa = await instance({
      workers: [flaky],
      queues: { default: 1 },
      ...often,
      start: true,
    })
    const job = await staffa.insert(flaky.new({}, { scheduleIn: { milliseconds: 50 } }))

    expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 3 })
  })

  test('goes on at once while more is due than one tick takes', async () => {
    const staffa = await instance({ ...still, node: 'inserts' })
    await staffa.insertAll(Array.from({ length: 7 }, () => newJob('noop', {}, { scheduleIn: -1 })))
    await sibling(staffa, { stager: { interval: { hours: 1 }, limit: 2 }, start: true })

    await expect.poll(() => staffa.jobs.count({ state: 'available' })).toBe(7)
  })

  test('tells what it did', async () => {
    const staffa = await instance({ ...still, node: 'inserts' })
    await staffa.insertAll(['a', 'b', 'a'].map((queue) => newJob('noop', {}, { queue, scheduleIn: -1 })))
    const staged = untilEvent('service.stop', ({ service }) => service === 'stager')
    await sibling(staffa, { ...often, start: true })
    const { result } = (await staged) as unknown as { result: { count: number; queues: string[] } }

    expect(result.count).toBe(3)
    expect(result.queues.toSorted()).toEqual(['a', 'b'])
  })
})

test('jobs whose notice was lost are found with the next tick', async () => {
  const staffa = await instance({
    workers: [noop],
    queues: { default: 1 },
    ...often,
    start: true,
  })
  const { rows } = await staffa.database.query(
    {
      name: '',
      text: `INSERT INTO "${staffa.prefix}".oban_jobs (worker, state) VALUES ('noop', 'available') RETURNING id::text`,
    },
    [],
  )

  expect(await settled(staffa, Number(rows[0]?.[0]))).toMatchObject({ state: 'completed' })
})

test('every node stages, without a leader, and none twice', async () => {
  const options = { ...still, ...often, workers: [noop], queues: { default: 5 }, start: true }
  const staffa = await instance(options)
  await sibling(staffa, options)
  const completed = events('job.stop')
  await staffa.insertAll(Array.from({ length: 200 }, () => noop.new({}, { scheduleIn: { milliseconds: 100 } })))
  await expect.poll(() => completed.length, { timeout: 20_000 }).toBe(200)

  expect(await staffa.jobs.count({ state: 'completed' })).toBe(200)
  expect((await staffa.query(`SELECT max(attempt) FROM "${staffa.prefix}".oban_jobs`))[0]).toEqual({ max: 1 })
})

test('a queue that is told to look now and then finds jobs that nobody tells of', async () => {
  const queues = { default: { limit: 1, refreshInterval: { milliseconds: 30 } } }
  const staffa = await instance({
    ...still,
    workers: [noop],
    queues,
    start: true,
    notifier: 'poll',
  })
  const program = await sibling(staffa, still)

  expect(await settled(staffa, await program.insert(noop.new({})))).toMatchObject({ state: 'completed' })
})

describe('behind a proxy that pools transactions', () => {
  test.each<[string, Partial<StaffaOptions>, boolean]>([
    ['an instance that polls', { notifier: 'poll' }, true],
    ['a database that neither listens nor prepares', {}, false],
  ])('jobs are inserted, unique, worked, retried and cancelled: %s', async (_name, options, listens) => {
    const database = postgres(inject('databaseUrl'), listens ? {} : { prepare: false, listen: false })
    onTestFinished(() => database.close())
    const flaky = worker({ name: 'flaky', backoff: () => 0 }).process(({ job }) => (job.attempt < 2 ? fail() : 'fine'))
    const stays = worker({ name: 'stays' }).process(({ signal }) => {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const rescuer = { lease: { milliseconds: 300 }, interval: { seconds: 1 } }
    const work = { workers: [noop, flaky, stays], queues: { default: 5 }, ...often, rescuer, ...options }
    const staffa = await instance({ database, ...work, start: true })
    const program = await sibling(staffa, { ...still, ...options })
    const switches = events('notifier.switch')

    expect(await settled(staffa, await program.insert(noop.new({})))).toMatchObject({ state: 'completed' })
    expect(await settled(staffa, await program.insert(flaky.new({})))).toMatchObject({ state: 'completed', attempt: 2 })
    const unique = [1, 2].map(() => program.insert(noop.new({ n: 1 }, { unique: true })))
    expect((await Promise.all(unique)).map(({ conflict }) => conflict)).toEqual([false, true])
    const started = untilEvent('job.start', ({ job }) => job.worker === 'stays')
    const { id } = await program.insert(stays.new({}))
    await started
    const stopped = untilEvent('job.stop', ({ job }) => job.id === id)
    await program.jobs.cancel(id)
    expect(await stopped).toMatchObject({ state: 'cancelled' })
    expect(switches).toEqual([])
  })

  test('queues of the node can still be commanded by itself', async () => {
    const staffa = await instance({
      ...{ workers: [noop], queues: { default: 5 } },
      ...{ notifier: 'poll', start: true },
    })
    await staffa.queues.pauseAll()
    expect(staffa.queues.check('default')?.paused).toBe(true)
    await staffa.queues.scale('default', 3)
    await staffa.queues.resume('default')

    expect(staffa.queues.check('default')).toMatchObject({ paused: false, limit: 3 })
  })
})
