import { expect, test } from 'vitest'
import { findDue } from './evaluator.ts'
import type { Due } from './store.ts'
import type { Row } from './stored.ts'
import { type Timetable, timetables } from './timetable.ts'

const zones = ['Etc/UTC', 'America/Chicago', 'Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe']
const start = Date.UTC(2025, 5, 1) / 60_000

/** A thousand entries: some of every minute and hour, most of a day, a week, a month or a year. */
const rows: readonly Row[] = Array.from({ length: 1_000 }, (_, index) => {
  const minute = index % 60
  const forms = [
    '*/5 * * * *',
    `${minute} * * * *`,
    `${minute} 9 * * MON-FRI`,
    `${minute} 2 1 * *`,
    `${minute} 0 1 1 *`,
  ]
  const at = new Date(0)

  return {
    ...{
      name: String(index),
      expression: forms[index % 5]!,
      worker: 'w',
      paused: false,
      version: '1',
      lastSlot: start - 1,
    },
    opts: { args: {}, timezone: zones[Math.floor(index / 5) % 5]!, guaranteed: index % 2 === 0, dst: 'wall' },
    ...{ insertedAt: at, updatedAt: at },
  }
})

const fail = (name: string, error: unknown) => {
  throw new Error(name, { cause: error })
}
const fresh = () => timetables({ report: fail })(rows)
const dueAt = (minute: number, timetable: Timetable): readonly Due[] =>
  findDue(rows, timetable, { minute, rebooting: new Set() })

/** The median of some runs, in milliseconds. */
function costOf(work: (run: number) => unknown): number {
  const costs = Array.from({ length: 31 }, (_, run) => {
    const began = performance.now()
    work(run)

    return performance.now() - began
  })

  return costs.sort((a, b) => a - b)[15] ?? 0
}

test('a thousand entries are searched once, and from then on looked at', { retry: 3 }, () => {
  const timetableOf = timetables({ report: fail })
  dueAt(start, timetableOf(rows))
  const searching = costOf((run) => dueAt(start + run, fresh()))
  const looking = costOf((run) => dueAt(start + run, timetableOf(rows)))

  expect(looking).toBeLessThan(searching / 3)
})

test('what was searched before makes no difference', () => {
  const timetableOf = timetables({ report: fail })
  for (const minute of [start, start + 1, start + 500, start + 3, start + 5_000, start + 4_999]) {
    expect(dueAt(minute, timetableOf(rows))).toEqual(dueAt(minute, fresh()))
  }
})
