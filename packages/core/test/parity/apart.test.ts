import { settled } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { worker } from '../../src/index.ts'
import { databases, events, gate, instance, noop, timed } from '../behaviour/kit.ts'

describe.each(databases)('two schemas of one database on %s', (_, database) => {
  test('keep their jobs, and what is unique among them, apart', async () => {
    const one = await instance({ database: database(), workers: [noop], queues: { default: 1 } })
    const two = await instance({ database: one.database, workers: [noop], queues: { default: 1 } })
    const described = noop.new({ id: 1 }, { unique: true })
    const job = await one.insert(described)

    expect(job.conflict).toBe(false)
    expect((await two.insert(described)).conflict).toBe(false)
    expect((await one.insert(described)).conflict).toBe(true)
    expect([await one.jobs.count({}), await two.jobs.count({})]).toEqual([1, 1])

    await one.start()
    await settled(one, job)
    expect(await two.jobs.count({ state: 'available' })).toBe(1)
  })

  test('may have nodes of one name in one process', async () => {
    const one = await instance({ database: database(), workers: [noop], queues: { default: 1 }, start: true })
    const two = await instance({ database: one.database, workers: [noop], queues: { default: 1 }, start: true })
    await one.queues.pause('default')
    const job = await two.insert(noop.new({}))

    expect(await settled(two, job)).toMatchObject({ state: 'completed' })
    expect(one.queues.check('default')).toMatchObject({ paused: true })
  })
})

test('the grace period is one for all queues of a node that stops', timed, async () => {
  const { pass, reached } = gate()
  const never = worker({ name: 'never' }).process(({ job }) => pass(job))
  const queues = { alpha: 1, beta: 1, gamma: 1, delta: 1 }
  const shutdownGracePeriod = { seconds: 1 }
  const staffa = await instance({ workers: [never], queues, shutdownGracePeriod, start: true })
  const shutdowns = events('queue.shutdown', staffa.node)
  await staffa.insertAll(Object.keys(queues).map((queue) => never.new({}, { queue })))
  await reached(4)
  const began = performance.now()
  await staffa.stop()

  expect(performance.now() - began).toBeLessThan(4 * 1_000)
  expect(shutdowns).toHaveLength(4)
  expect(shutdowns.every(({ orphaned }) => orphaned.length === 1)).toBe(true)
})
