import { worker } from '@staffa/core'
import { describe, expect, test } from 'vitest'
import { manualClock, settled, testStaffa } from './index.ts'

const noon = new Date('2031-05-06T12:00:00Z')

describe('manualClock', () => {
  test('stands still until it is moved', () => {
    const clock = manualClock(noon)

    expect(clock.now()).toEqual(noon)
    expect(clock.advance({ minutes: 5 })).toEqual(new Date('2031-05-06T12:05:00Z'))
    expect(clock.advance(-60)).toEqual(new Date('2031-05-06T12:04:00Z'))
    clock.set(noon)
    expect(clock.now()).toEqual(noon)
  })

  test('cannot be changed through the dates that it gives', () => {
    const clock = manualClock(noon)
    clock.now().setFullYear(1999)
    clock.advance(0).setFullYear(1999)

    expect(clock.now()).toEqual(noon)
  })

  test('refuses what is no time', () => {
    expect(() => manualClock(new Date('no'))).toThrow('expected the time of a manual clock to be a valid Date')
    expect(() => manualClock(noon).set('later' as never)).toThrow('expected the time of a manual clock')
    expect(() => manualClock(noon).advance({ fortnights: 1 } as never)).toThrow('unknown option "fortnights"')
  })

  test('is obeyed by schedules, staging and backoff', async () => {
    const clock = manualClock(noon)
    const flaky = worker({ name: 'flaky', backoff: () => ({ hours: 2 }) }).process(({ job }) => {
      if (job.attempt === 1) throw new Error('boom')
    })
    await using staffa = await testStaffa({ clock, workers: [flaky], queues: { default: 1 }, start: true })
    const job = await staffa.insert(flaky.new({}, { scheduleIn: { days: 30 } }))
    expect(job).toMatchObject({ insertedAt: noon, scheduledAt: new Date('2031-06-05T12:00:00Z') })

    clock.advance({ days: 30 })
    const failed = await settled(staffa, job, { states: ['retryable'] })
    expect(failed).toMatchObject({ scheduledAt: new Date('2031-06-05T14:00:00Z'), attemptedAt: clock.now() })
    clock.advance({ hours: 2 })
    expect(await settled(staffa, job)).toMatchObject({ state: 'completed', completedAt: clock.now() })
  })
})
