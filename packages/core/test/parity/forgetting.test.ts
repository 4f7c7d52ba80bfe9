import { untilEvent } from '@staffa/testing'
import { expect, test } from 'vitest'
import { instance, noop, still } from '../behaviour/kit.ts'

test('a job that was pruned is not in the way of an equal one', async () => {
  const pruner = { age: { milliseconds: 1 }, interval: { milliseconds: 20 } }
  const staffa = await instance({ ...still, workers: [noop], leader: {}, pruner, queues: { default: 1 } })
  const described = noop.new({ id: 1 }, { unique: { period: 'infinity' } })
  const first = await staffa.insert(described)
  expect(await staffa.insert(described)).toMatchObject({ id: first.id, conflict: true })
  const pruned = untilEvent(
    'service.stop',
    ({ service, node, result }) => service === 'pruner' && node === staffa.node && result === 1,
  )
  await staffa.start()
  await pruned

  expect(await staffa.jobs.get(first.id)).toBeUndefined()
  const second = await staffa.insert(described)
  expect(second).toMatchObject({ conflict: false })
  expect(second.id).not.toBe(first.id)
})

test('a job that was deleted is not in the way of an equal one', async () => {
  const staffa = await instance()
  const described = noop.new({ id: 1 }, { unique: true })
  const { id } = await staffa.insert(described)
  await staffa.jobs.delete(id)

  expect(await staffa.insert(described)).toMatchObject({ conflict: false })
})
