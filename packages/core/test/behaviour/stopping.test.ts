import { settled } from '@staffa/testing'
import { expect, test } from 'vitest'
import { worker } from '../../src/index.ts'
import { events, gate, instance, noop, timed } from './kit.ts'

test('fast jobs end, slow ones are left executing, and none begins once the node stops', async () => {
  const doors = gate()
  const stays = worker({ name: 'stays' }).process(({ job }) => doors.pass(job))
  const brief = worker({ name: 'brief' }).process(() => new Promise((resolve) => setTimeout(resolve, 50)))
  const options = { workers: [stays, brief], queues: { default: { limit: 2 } }, start: true, node: 'stops' }
  const staffa = await instance({
    ...options,
    shutdownGracePeriod: { milliseconds: 250 },
  })
  const [fast, slow, late] = await staffa.insertAll([brief.new({}), stays.new({}), brief.new({})])
  await doors.reached(1)
  const stopping = staffa.stop()
  const after = await staffa.insert(brief.new({}))
  await stopping

  const state = async (job: { id: number } | undefined) => (await staffa.jobs.get(job?.id as number))?.state
  expect([await state(fast), await state(slow), await state(late), await state(after)]).toEqual([
    'completed',
    'executing',
    'available',
    'available',
  ])
})

test('queues that stop share the grace period', timed, async () => {
  const doors = gate()
  const stays = worker({ name: 'stays' }).process(({ job }) => doors.pass(job))
  const queues = { alpha: 1, beta: 1, gamma: 1 }
  const options = { workers: [stays], queues, start: true, shutdownGracePeriod: { milliseconds: 400 } }
  const staffa = await instance({ ...options })
  await staffa.insertAll(Object.keys(queues).map((queue) => stays.new({}, { queue })))
  await doors.reached(3)
  const shutdowns = events('queue.shutdown')
  await staffa.stop()

  expect(shutdowns.map(({ queue }) => queue).toSorted()).toEqual(['alpha', 'beta', 'gamma'])
  for (const { elapsed } of shutdowns) {
    expect(elapsed).toBeGreaterThanOrEqual(400)
    expect(elapsed).toBeLessThan(1_900) // the grace period, and a second for what heeds its signal then
  }
})

test('a queue that stops shows itself paused, and since when', async () => {
  const doors = gate()
  const stays = worker({ name: 'stays' }).process(({ job }) => doors.pass(job))
  const staffa = await instance({ workers: [stays], queues: { default: 1 }, start: true })
  const job = await staffa.insert(stays.new({}))
  await doors.reached(1)
  const stopping = staffa.queues.stop('default', { local: true })
  await expect
    .poll(() => staffa.queues.check('default'))
    .toMatchObject({
      paused: true,
      shutdownStartedAt: expect.any(Date),
      running: [job.id],
    })
  doors.open()
  await stopping

  expect(await settled(staffa, job)).toMatchObject({ state: 'completed' })
})

test('any number of instances live in one program, also of one name', async () => {
  const [one, other] = [await instance({ workers: [noop] }), await instance({ workers: [noop], name: 'Other' })]
  await Promise.all([one.start(), other.start()])
  await one.stop()

  expect(await other.jobs.count()).toBe(0)
  await expect(one.start()).rejects.toMatchObject({ code: 'STOPPED' })
})
