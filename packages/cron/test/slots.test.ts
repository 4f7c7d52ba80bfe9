import { worker } from '@staffa/core'
import { testStaffa } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { cron } from '../src/index.ts'
import { at, clockAt, databases, lead, leading, slotsOf } from './instances.ts'

const tidy = worker({ name: 'tidy', queue: 'chores', maxAttempts: 3, meta: { team: 'a', cron: false } }).process(
  async () => {},
)

describe.each(databases)('slots on %s', (_, url) => {
  test('a job is inserted at its minute, with what Oban Web finds it by', async () => {
    const clock = clockAt('2025-03-01 08:59:20')
    const entry = {
      expression: '0 9 * * *',
      worker: tidy,
      args: { room: 1 },
      name: 'tidy-up',
      priority: 4,
      meta: { x: 1 },
    }
    const crons = cron([entry])
    await using staffa = await leading({ crons, clock, database: url() })

    expect(await crons.tick()).toEqual([])
    clock.set(at('2025-03-01 09:00:40'))
    await crons.tick()
    await crons.tick()
    const jobs = await staffa.jobs.list()

    expect(jobs).toHaveLength(1)
    expect(jobs[0]).toMatchObject({
      ...{ worker: 'tidy', queue: 'chores', maxAttempts: 3, priority: 4, args: { room: 1 }, state: 'available' },
      meta: {
        team: 'a',
        x: 1,
        cron: true,
        cron_expr: '0 9 * * *',
        cron_name: 'tidy-up',
        cron_tz: 'Etc/UTC',
        cron_at: '2025-03-01T09:00:00Z',
      },
    })
  })

  test('an entry is about the clocks of its zone', async () => {
    const clock = clockAt('2025-07-01 13:59:00')
    const crons = cron(
      [
        { expression: '0 9 * * *', worker: tidy, name: 'chicago', timezone: 'america/chicago' },
        { expression: '0 16 * * *', worker: tidy, name: 'paris' },
        { expression: '0 9 * * *', worker: tidy, name: 'no' },
      ],
      { timezone: 'Europe/Paris' },
    )
    await using staffa = await leading({ crons, clock, database: url() })
    clock.set(at('2025-07-01 14:00:00'))
    await crons.tick()
    const jobs = await staffa.jobs.list()

    expect(jobs.map(({ meta }) => [meta.cron_name, meta.cron_tz]).sort()).toEqual([
      ['chicago', 'America/Chicago'],
      ['paris', 'Europe/Paris'],
    ])
  })

  test('two leaders insert a slot once between them', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const entries = [
      { expression: '* * * * *', worker: tidy, name: 'one' },
      { expression: '*/2 * * * *', worker: tidy, name: 'two', guaranteed: true },
    ] as const
    const [mine, theirs] = [cron(entries), cron(entries)]
    await using one = await leading({ crons: mine, clock, database: url() })
    const { prefix, database } = one
    await using other = await leading({ crons: theirs, clock, database, prefix, name: 'Other' })
    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance({ minutes: 1 })
      await Promise.all([mine.tick(), theirs.tick(), mine.tick(), theirs.tick()])
    }

    expect(await slotsOf(one, 'one')).toEqual(minutesFrom('2025-03-01 09:00', { count: 20, step: 1 }))
    expect(await slotsOf(other, 'two')).toEqual(minutesFrom('2025-03-01 09:00', { count: 10, step: 2 }))
  })

  test('a clock that steps back inserts nothing again', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '*/10 * * * *', worker: tidy, guaranteed: true }])
    await using staffa = await leading({ crons, clock, database: url() })
    for (const time of ['09:00:05', '09:10:00', '08:55:00', '09:00:30', '09:10:10', '09:15:00', '09:20:00']) {
      clock.set(at(`2025-03-01 ${time}`))
      await crons.tick()
    }

    expect(await slotsOf(staffa, 'tidy')).toEqual(minutesFrom('2025-03-01 09:00', { count: 3, step: 10 }))
  })

  test('a leader that comes within the minute inserts what the one before has not, and nothing else', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const entries = [
      { expression: '0 9 * * *', worker: tidy, name: 'nine' },
      { expression: '1 9 * * *', worker: tidy, name: 'one-past' },
    ] as const
    const [before, after] = [cron(entries), cron(entries)]
    const first = await leading({ crons: before, clock, database: url(), prefix: `crons_${Date.now()}` })
    const second = await testStaffa({ services: [after], clock, database: first.database, prefix: first.prefix })
    clock.set(at('2025-03-01 09:00:01'))
    await before.tick()
    clock.set(at('2025-03-01 09:00:59'))
    await first.stop()
    await lead(second)
    await after.tick()
    clock.set(at('2025-03-01 09:01:30'))
    await after.tick()

    expect(await slotsOf(second, 'nine')).toEqual(['2025-03-01T09:00:00Z'])
    expect(await slotsOf(second, 'one-past')).toEqual(['2025-03-01T09:01:00Z'])
    await second.stop()
    await first.query(`DROP SCHEMA "${first.prefix}" CASCADE`)
    await first[Symbol.asyncDispose]()
  })

  test('of the slots that nobody inserted, the last one comes late and once, where that is guaranteed', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([
      { expression: '*/10 * * * *', worker: tidy, name: 'plain' },
      { expression: '*/10 * * * *', worker: tidy, name: 'sure', guaranteed: true },
      { expression: '0 12 * * *', worker: tidy, name: 'noon', guaranteed: true },
    ])
    await using staffa = await leading({ crons, clock, database: url() })
    for (const time of ['09:00', '09:33', '09:34', '09:40', '09:41']) {
      clock.set(at(`2025-03-01 ${time}`))
      await crons.tick()
    }

    expect(await slotsOf(staffa, 'plain')).toEqual(['2025-03-01T09:00:00Z', '2025-03-01T09:40:00Z'])
    expect(await slotsOf(staffa, 'sure')).toEqual(minutesOf('09:00', '09:30', '09:40'))
    expect(await slotsOf(staffa, 'noon')).toEqual([])
  })

  test('a node that only follows inserts nothing', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '* * * * *', worker: tidy }])
    await using staffa = await testStaffa({ services: [crons], clock, database: url(), leader: false, start: true })
    clock.set(at('2025-03-01 09:00:00'))

    expect(await crons.tick()).toEqual([])
    expect(await staffa.jobs.list()).toEqual([])
  })

  test('the time is that of the database, when no other clock rules', async () => {
    const crons = cron([{ expression: '* * * * *', worker: tidy }])
    await using staffa = await leading({ crons, database: url() })
    await staffa.query(`UPDATE "${staffa.prefix}".oban_crons SET last_slot = last_slot - interval '10 minutes'`)
    const jobs = await crons.tick()
    const [row] = await staffa.query<{ minute: string }>(
      `SELECT to_char(last_slot, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS minute FROM "${staffa.prefix}".oban_crons`,
    )

    expect(await slotsOf(staffa, 'tidy')).toContain(row?.minute)
    expect(Math.abs(Date.parse(row?.minute ?? '') - Date.now())).toBeLessThan(120_000)
    expect(jobs.length).toBeLessThan(2)
  })
})

function minutesFrom(
  first: string,
  { count, step }: { readonly count: number; readonly step: number },
): readonly string[] {
  return Array.from({ length: count }, (_, index) => iso(new Date(at(first).getTime() + index * step * 60_000)))
}

function minutesOf(...times: readonly string[]): readonly string[] {
  return times.map((time) => iso(at(`2025-03-01 ${time}`)))
}

function iso(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}
