import { AsyncLocalStorage } from 'node:async_hooks'
import { testStaffa, untilEvent } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { onTelemetry, worker } from '../index.ts'

/** What a caller keeps for all that it begins: who asks, say. */
const storage = new AsyncLocalStorage<string>()

/** An instance whose jobs tell what they find there, before they enter a context of their own. */
async function watched(limit?: number) {
  const found: (string | undefined)[] = []
  const looks = worker({ name: 'looks' }).process(async () => {
    found.push(storage.getStore())
    storage.enterWith('a job')
  })
  const staffa = await testStaffa({
    ...(limit && { queues: { default: limit }, start: true }),
    workers: [looks],
    notifier: 'poll', // whoever inserts wakes the queue
    onFinished: onTestFinished,
  })
  const finish = async (count: number) => {
    let left = count
    const finished = untilEvent('job.stop', () => --left === 0)
    await staffa.insertAll(Array.from({ length: count }, () => looks.new({})))
    await finished
  }

  return { staffa, looks, found, finish }
}

describe('the async context of a job', () => {
  test('is not that of whoever inserted it', async () => {
    const { found, finish } = await watched(1)
    await finish(1) // the first fetches of all are done
    for (const who of ['a request', 'another']) await storage.run(who, () => finish(1))

    expect(found).toEqual([undefined, undefined, undefined])
  })

  test.each([1, 10])('is not that of a job before it, or beside it, with %i at a time', async (limit) => {
    const { found, finish } = await watched(limit)
    await finish(30)

    expect(found).toEqual(Array.from({ length: 30 }, () => undefined))
  })

  test.each([1, 3])(
    'is that of whoever drains, and not that of a job before it, with %i at a time',
    async (concurrency) => {
      const { staffa, looks, found } = await watched()
      await staffa.insertAll(Array.from({ length: 9 }, () => looks.new({})))
      await storage.run('a script', () => staffa.drain({ queue: 'default', concurrency }))

      expect(found).toEqual(Array.from({ length: 9 }, () => 'a script'))
    },
  )
})

test('a fetch, and what hears of it, is not in the async context of whoever woke the queue', async () => {
  const { staffa, finish } = await watched(1)
  await finish(1)
  const heard: (string | undefined)[] = []
  const begins = ({ instance }: { readonly instance: string }) => {
    if (instance === staffa.name) heard.push(storage.getStore())
  }
  onTestFinished(onTelemetry('job.start', begins))
  await storage.run('a request', () => finish(1))

  expect(heard).toEqual([undefined])
})
