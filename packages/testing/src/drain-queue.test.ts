import { cancel, discard, snooze, worker } from '@staffa/core'
import { describe, expect, test } from 'vitest'
import { drainQueue, runJobs, testStaffa } from './index.ts'

const noWait = { backoff: () => ({ seconds: 0 }) }
const ok = worker({ name: 'ok' }).process(async () => {})
const stops = worker({ name: 'stops' }).process(async () => cancel('no'))
const gives = worker({ name: 'gives' }).process(async () => discard('no'))
const later = worker({ name: 'later' }).process(async ({ job }) => {
  if (job.meta.snoozed === undefined) return snooze({ hours: 1 })
})
const boom = worker({ name: 'boom', maxAttempts: 3, ...noWait }).process(() => {
  throw new Error('boom')
})
const parent = worker({ name: 'parent' })
  .typed<{ depth: number }>()
  .process(async ({ args, staffa }) => {
    if (args.depth > 0) await staffa.insert(parent.new({ depth: args.depth - 1 }, { queue: `depth-${args.depth}` }))
  })
const forever = worker({ name: 'forever' }).process(async () => snooze({ hours: 1 }))
const workers = [ok, stops, gives, later, boom, parent, forever]

describe('drainQueue', () => {
  test('runs everything in every queue, before its time, and tells how it ended', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insertAll([
      ok.new({}, { queue: 'a', scheduleIn: { days: 1 } }),
      ok.new({}),
      stops.new({}),
      gives.new({}),
      later.new({}, { queue: 'b' }),
      parent.new({ depth: 3 }),
    ])

    expect(await drainQueue(staffa)).toEqual({ completed: 7, cancelled: 1, discarded: 1, snoozed: 1, failed: 0 })
    expect(await staffa.jobs.count({ state: ['available', 'scheduled', 'retryable', 'executing'] })).toBe(0)
  })

  test('keeps to the queues that are named', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insertAll(['a', 'b', 'c'].map((queue) => ok.new({}, { queue })))

    expect(await drainQueue(staffa, { queue: 'a' })).toMatchObject({ completed: 1 })
    expect(await drainQueue(staffa, { queue: ['a', 'b'] })).toMatchObject({ completed: 1 })
    expect(await staffa.jobs.count({ state: 'available' })).toBe(1)
  })

  test('runs one round when told so', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insert(parent.new({ depth: 2 }))

    expect(await drainQueue(staffa, { recursion: false })).toMatchObject({ completed: 1 })
    expect(await drainQueue(staffa, { recursion: false })).toMatchObject({ completed: 1 })
  })

  test('leaves the schedule as it is when told so', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insertAll([
      ok.new({}),
      ok.new({}, { scheduleIn: { days: 1 } }),
      ok.new({}, { scheduleIn: { days: 3 } }),
    ])

    expect(await drainQueue(staffa, { scheduled: false })).toMatchObject({ completed: 1 })
    const tomorrow = new Date(Date.now() + 2 * 86_400_000)
    expect(await drainQueue(staffa, { scheduled: tomorrow })).toMatchObject({ completed: 1 })
  })

  test('throws what a job throws, after its attempt is written', async () => {
    await using staffa = await testStaffa({ workers })
    const { id } = await staffa.insert(boom.new({}))

    await expect(drainQueue(staffa)).rejects.toThrow('boom')
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'retryable', attempt: 1 })
  })

  test('goes on after errors when told so', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insertAll([boom.new({}), ok.new({})])

    expect(await drainQueue(staffa, { safety: true })).toMatchObject({ completed: 1, failed: 2, discarded: 1 })
  })

  test('ends where there is no end', async () => {
    await using staffa = await testStaffa({ workers })
    await staffa.insert(forever.new({}))

    await expect(drainQueue(staffa, { limit: 20 })).rejects.toThrow(
      'expected to drain all jobs in less than 20 attempts, got no end of it',
    )
  })

  test('does nothing when there is nothing', async () => {
    await using staffa = await testStaffa({ workers })

    expect(await drainQueue(staffa)).toEqual({ completed: 0, cancelled: 0, discarded: 0, snoozed: 0, failed: 0 })
  })
})

describe('runJobs', () => {
  test('inserts jobs, runs them, and gives them back', async () => {
    await using staffa = await testStaffa({ workers })
    const { jobs, ...counts } = await runJobs(staffa, [
      ok.new({}),
      stops.new({}, { queue: 'b' }),
      parent.new({ depth: 1 }),
    ])

    expect(jobs.map(({ worker, state }) => [worker, state])).toEqual([
      ['ok', 'completed'],
      ['stops', 'cancelled'],
      ['parent', 'completed'],
    ])
    expect(counts).toEqual({ completed: 3, cancelled: 1, discarded: 0, snoozed: 0, failed: 0 })
  })

  test('fails with what a job throws', async () => {
    await using staffa = await testStaffa({ workers })

    await expect(runJobs(staffa, [boom.new({})])).rejects.toThrow('boom')
  })
})
