import { worker } from '@staffa/core'
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { settled, testStaffa, untilEvent } from './index.ts'

const flaky = worker({ name: 'flaky', backoff: () => ({ hours: 1 }) }).process(({ job }) => {
  if (job.attempt === 1) throw new Error('boom')
})
const setup = { workers: [flaky], queues: { default: 1 } }

describe('untilEvent', () => {
  test('gives the first event for which the predicate holds', async () => {
    await using staffa = await testStaffa({ ...setup, start: true })
    const stopped = untilEvent('job.exception', ({ node }) => node === staffa.node)
    const { id } = await staffa.insert(flaky.new({}))
    const event = await stopped

    expect(event).toMatchObject({ job: { id }, state: 'retryable', node: staffa.node })
    expectTypeOf(event.duration).toEqualTypeOf<number>()
  })

  test('fails when the time is over', async () => {
    await expect(untilEvent('job.stop', () => false, { timeout: { milliseconds: 5 } })).rejects.toThrow(
      'expected an event job.stop within 5 ms, got none',
    )
  })

  test('is no rejection that nobody handles when nobody awaits it', async () => {
    const unhandled: unknown[] = []
    const hear = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', hear)
    onTestFinished(() => void process.off('unhandledRejection', hear))
    void untilEvent('job.stop', () => false, { timeout: { milliseconds: 1 } })
    const later = untilEvent('job.stop', () => false, { timeout: { milliseconds: 20 } })

    await expect(later).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(unhandled).toEqual([])
  })

  test('fails with what the predicate throws', async () => {
    await using staffa = await testStaffa(setup)
    const waiting = untilEvent('engine.stop', () => {
      throw new Error('a bad predicate')
    })
    const failing = expect(waiting).rejects.toThrow('a bad predicate')
    await staffa.insert(flaky.new({}))
    await failing
  })
})

describe('settled', () => {
  test('gives a job once it has ended, or at once if it has', async () => {
    await using staffa = await testStaffa({ ...setup, start: true })
    const job = await staffa.insert(flaky.new({}))
    await settled(staffa, job, { states: ['retryable'] })
    await staffa.jobs.cancel(job.id)

    expect(await settled(staffa, job.id)).toMatchObject({ state: 'cancelled' })
    expect(await settled(staffa, job.id)).toMatchObject({ state: 'cancelled' })
  })

  test('sees what others do to the job', async () => {
    await using staffa = await testStaffa(setup)
    const job = await staffa.insert(flaky.new({}, { scheduleIn: { hours: 1 } }))
    const ended = settled(staffa, job)
    await staffa.jobs.cancel({ worker: 'flaky' })

    expect(await ended).toMatchObject({ state: 'cancelled' })
  })

  test('fails when the time is over, and says where the job is', async () => {
    await using staffa = await testStaffa(setup)
    const job = await staffa.insert(flaky.new({}))
    const timeout = { milliseconds: 100 }

    await expect(settled(staffa, job, { timeout })).rejects.toThrow(
      `expected job ${job.id} to be completed or cancelled or discarded (it is available) within 100 ms, got none`,
    )
    await expect(settled(staffa, 12_345, { timeout })).rejects.toThrow('(it is no such job)')
  })
})
