import { settled } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { onTelemetry, type QueueSettings, type StaffaOptions, worker } from '../../src/index.ts'
import { events, gate, instance, noop } from './kit.ts'

describe('queues of a node', () => {
  test('can be looked at, one or all, by name', async () => {
    const doors = gate()
    const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
    const options = { workers: [waits], queues: { beta: 2, alpha: { limit: 3, paused: true } }, name: 'Mine' }
    const staffa = await instance(options)
    expect(staffa.queues.checkAll()).toEqual([])
    await staffa.start()
    const { id } = await staffa.insert(waits.new({}, { queue: 'beta' }))
    await doors.reached(1)

    const uuid = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/)
    const same = { name: 'Mine', node: staffa.node, uuid, startedAt: expect.any(Date), shutdownStartedAt: undefined }
    expect(staffa.queues.checkAll()).toEqual([
      { ...same, queue: 'alpha', limit: 3, paused: true, running: [] },
      { ...same, queue: 'beta', limit: 2, paused: false, running: [id] },
    ])
    expect(staffa.queues.check('beta')).toEqual(staffa.queues.checkAll()[1])
    expect(staffa.queues.check('gamma')).toBeUndefined()
  })

  test('do nothing while they are paused, and go on when they are resumed', async () => {
    const queues = { default: { limit: 5, paused: true }, other: 5 }
    const staffa = await instance({ workers: [noop], queues, start: true })
    const job = await staffa.insert(noop.new({}))
    await settled(staffa, await staffa.insert(noop.new({}, { queue: 'other' })))
    expect(await staffa.jobs.get(job.id)).toMatchObject({ state: 'available' })
    await staffa.queues.resume('default')

    expect(await settled(staffa, job)).toMatchObject({ state: 'completed' })
  })

  test('fetch a few at once, so that ends are written between their fetches, and all have their turn', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `queue-${n}`)
    const queues = Object.fromEntries(names.map((name) => [name, 2]))
    const staffa = await instance({ node: 'many-queues', workers: [noop], queues })
    const jobs = await staffa.insertAll(names.flatMap((queue) => [1, 2, 3].map((n) => noop.new({ n }, { queue }))))
    let [fetching, most] = [0, 0]
    const count = (by: number) => (event: { readonly node: string; readonly verb: string }) => {
      if (event.node !== staffa.node || event.verb !== 'fetchJobs') return
      fetching += by
      most = Math.max(most, fetching)
    }
    onTestFinished(onTelemetry('engine.start', count(1)))
    onTestFinished(onTelemetry('engine.stop', count(-1)))
    await staffa.start()
    for (const { id } of jobs) await settled(staffa, id)

    expect(most).toBe(4)
    expect(await staffa.jobs.count({ state: 'completed' })).toBe(120)
  })

  test('may come and go', async () => {
    const staffa = await instance({ workers: [noop], start: true })
    const job = await staffa.insert(noop.new({}))
    await staffa.queues.start('default', { limit: 1, paused: true })
    const { uuid } = staffa.queues.check('default') ?? {}
    await staffa.queues.start('default', { limit: 9 })
    expect(staffa.queues.check('default')).toMatchObject({ uuid, limit: 1, paused: true })
    await staffa.queues.resume('default')
    await settled(staffa, job)

    await staffa.queues.stop('default')
    expect(staffa.queues.checkAll()).toEqual([])
    await staffa.queues.start('default', 2)
    expect(staffa.queues.check('default')?.uuid).not.toBe(uuid)
    await settled(staffa, await staffa.insert(noop.new({})))
  })

  test('of other nodes may be meant, so an unknown one is no mistake, unless it is said to be here', async () => {
    const staffa = await instance({ queues: { alpha: 1 }, start: true })
    await staffa.queues.pause('elsewhere')
    await staffa.queues.scale('elsewhere', 2)
    await staffa.queues.stop('elsewhere')

    const unknown = { code: 'UNKNOWN_QUEUE', data: { queue: 'elsewhere' } }
    await expect(staffa.queues.pause('elsewhere', { local: true })).rejects.toMatchObject(unknown)
    await expect(staffa.queues.resume('elsewhere', { local: true })).rejects.toMatchObject(unknown)
    await expect(staffa.queues.scale('elsewhere', 2, { local: true })).rejects.toMatchObject(unknown)
    await expect(staffa.queues.stop('elsewhere', { local: true })).rejects.toMatchObject(unknown)
    await staffa.queues.pauseAll({ local: true })
    expect(staffa.queues.check('alpha')).toMatchObject({ paused: true })
  })

  test('want options that make sense', async () => {
    const { queues } = await instance({ queues: { alpha: 1 } })
    const wrong: readonly Promise<void>[] = [
      queues.start('', 1),
      queues.start('a', 0),
      queues.start('a', 1.5),
      queues.start('a', { limit: 1, pause: true } as never),
      queues.start('a', { limit: 1, paused: 'yes' } as never),
      queues.start('*', 1),
      queues.stop(undefined as never),
      queues.pause(''),
      queues.resume('q'.repeat(128)),
      queues.scale('alpha', 0),
      queues.scale('alpha', '5' as never),
      queues.pause('alpha', { local: 'yes' } as never),
      queues.pause('alpha', { node: 'a b' }),
      queues.pause('alpha', { nodes: 'a' } as never),
      queues.pause('alpha', null as never),
    ]

    for (const { status, reason } of (await Promise.allSettled(wrong)) as PromiseRejectedResult[]) {
      expect([status, reason.name]).toEqual(['rejected', 'StaffaError'])
    }
  })
})

describe('the limit', () => {
  /** A queue whose jobs count how many of them run at once. */
  async function counting(queues: StaffaOptions['queues'], milliseconds: () => number) {
    let running = 0
    const seen: number[] = []
    const counts = worker({ name: 'counts' }).process(async () => {
      seen.push(++running)
      await new Promise((resolve) => setTimeout(resolve, milliseconds()))
      running -= 1
    })
    const staffa = await instance({ workers: [counts], queues, start: true })

    return {
      staffa,
      seen,
      insert: (count: number) => staffa.insertAll(Array.from({ length: count }, () => counts.new({}))),
    }
  }

  test.each<[string, QueueSettings]>([
    ['batched', { limit: 3 }],
    ['sync', { limit: 3, ack: 'sync' }],
    ['strict', { limit: 3, prefetch: 0 }],
    ['with a cooldown', { limit: 3, dispatchCooldown: { milliseconds: 2 } }],
  ])('is never exceeded: %s', async (_name, settings) => {
    const { staffa, seen, insert } = await counting({ default: settings }, () => Math.random() * 3)
    const completed = events('job.stop', staffa.node)
    await insert(150)
    await insert(50)
    await expect.poll(() => completed.length, { timeout: 20_000 }).toBe(200)

    expect(Math.max(...seen)).toBe(3)
  })

  test('is never exceeded while the queue is paused, resumed and scaled', async () => {
    const { staffa, seen, insert } = await counting({ default: 8 }, () => Math.random() * 4)
    const completed = events('job.stop', staffa.node)
    for (let turn = 0; turn < 6; turn += 1) {
      await insert(200) // more than are done before the turn has been watched
      await staffa.queues.pause('default', { local: true })
      await staffa.queues.scale('default', 2 + (turn % 3), { local: true })
      await staffa.queues.resume('default', { local: true })
      seen.length = 0
      await expect.poll(() => seen.length, { interval: 5 }).toBeGreaterThan(40)
      expect(Math.max(...seen.slice(8))).toBeLessThanOrEqual(2 + (turn % 3))
    }
    await expect.poll(() => completed.length, { timeout: 20_000 }).toBe(1_200)
  })

  test('that grows is used at once', async () => {
    const doors = gate()
    const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
    const staffa = await instance({
      workers: [waits],
      queues: { default: 1 },
      start: true,
    })
    await staffa.insertAll(Array.from({ length: 9 }, () => waits.new({})))
    await doors.reached(1)
    await staffa.queues.scale('default', 5)
    await doors.reached(5)

    expect(staffa.queues.check('default')?.running).toHaveLength(5)
    expect(await staffa.jobs.count({ state: 'executing' })).toBe(5)
  })

  test('and nothing fetched ahead of it, when that is asked for', async () => {
    const { staffa, insert } = await counting({ default: { limit: 2, prefetch: 0, ack: 'sync' } }, () => 1)
    const claimed: number[] = []
    const completed = events('job.stop', staffa.node)
    await insert(60)
    while (completed.length < 60) claimed.push(await staffa.jobs.count({ state: 'executing' }))

    expect(Math.max(...claimed)).toBe(2)
  })
})
