import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExpression } from './index.ts'

/** Nights with odd clocks: an hour or half of one put forward or back, at midnight, a day left out, a zone that moved. */
const nights: Readonly<Record<string, readonly string[]>> = {
  'America/Chicago': ['2025-03-09', '2025-11-02'],
  'Europe/London': ['2025-03-30', '2025-10-26'],
  'Australia/Lord_Howe': ['2025-04-05', '2025-10-04'],
  'America/Sao_Paulo': ['2018-02-18', '2018-11-04'],
  'Asia/Gaza': ['2025-04-12', '2025-10-25'],
  'Pacific/Apia': ['2011-12-30', '2012-04-01'],
  'Antarctica/Troll': ['2025-03-30', '2025-10-26'],
  'Africa/Casablanca': ['2025-02-23', '2025-04-06'],
  'Asia/Pyongyang': ['2015-08-14', '2018-05-04'],
  'America/St_Johns': ['1988-04-03', '1988-10-30'],
}

const day = 1440
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** A minute as a zone's clocks show it. */
interface Wall {
  /** All of it in one number: the minute since 1970, by these clocks. */
  readonly stamp: number
  readonly minute: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly weekday: number
  /** Whether the clocks have shown the same before. */
  readonly again: boolean
}

/** Four days around a night, minute by minute, as the platform's own calendar tells them. */
interface Window {
  readonly zone: string
  readonly start: number
  readonly walls: readonly Wall[]
  /** Where the clocks change. */
  readonly turn: number
}

const windows = Object.entries(nights).flatMap(([zone, dates]) => dates.map((date) => windowAround(zone, date)))

function windowAround(zone: string, date: string): Window {
  const start = Date.parse(date) / 60_000 - 2 * day
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'short',
  })
  const seen = new Set<number>()
  const walls = Array.from({ length: 4 * day }, (_, index) => {
    const text = format.format((start + index) * 60_000)
    const [weekday = '', ...numbers] = text.split(/[^A-Za-z0-9]+/)
    const [month = 0, date = 0, year = 0, hour = 0, minute = 0] = numbers.map(Number)
    const stamp = Date.UTC(year, month - 1, date, hour, minute) / 60_000
    const again = seen.has(stamp)
    seen.add(stamp)

    return { stamp, minute, hour, day: date, month, weekday: weekdays.indexOf(weekday), again }
  })

  return { zone, start, walls, turn: walls.findIndex(({ stamp }, index) => stamp !== walls[0]!.stamp + index) }
}

/** A field: its text, and what it lists, told by who made it and not by who reads it. */
interface Field {
  readonly text: string
  readonly lists: (value: number) => boolean
}

function part(from: number, to: number): fc.Arbitrary<Field> {
  const value = fc.integer({ min: from, max: to })
  const step = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 99 }))
  const range = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

  return fc.oneof(
    value.map((n) => ({ text: String(n), lists: (v: number) => v === n })),
    step.map((s) => ({ text: `*/${s}`, lists: (v: number) => (v - from) % s === 0 })),
    range.map(([a, b]) => ({ text: `${a}-${b}`, lists: (v: number) => a <= v && v <= b })),
    fc.tuple(value, step).map(([n, s]) => ({ text: `${n}/${s}`, lists: (v: number) => v >= n && (v - n) % s === 0 })),
    fc
      .tuple(range, step)
      .map(([[a, b], s]) => ({ text: `${a}-${b}/${s}`, lists: (v: number) => a <= v && v <= b && (v - a) % s === 0 })),
  )
}

function field(from: number, to: number, weight = 1): fc.Arbitrary<Field> {
  const every = fc.constant({ text: '*', lists: () => true })
  const list = fc.array(part(from, to), { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(','),
    lists: (value: number) => parts.some(({ lists }) => lists(value)),
  }))

  return fc.oneof({ weight, arbitrary: every }, { weight: 1, arbitrary: list })
}

/** Minutes near the change of the clocks come often, and dates that leave it out are rare. */
const cases = fc
  .record({
    fields: fc.tuple(
      field(0, 59),
      fc.oneof(field(0, 23), field(0, 3)),
      field(1, 31, 4),
      field(1, 12, 4),
      field(0, 6, 4),
    ),
    night: fc.nat({ max: windows.length - 1 }),
    place: fc.oneof(
      fc.nat({ max: 4 * day - 1 }),
      fc.integer({ min: -150, max: 150 }).map((near) => ({ near })),
    ),
    seconds: fc.nat({ max: 59_999 }),
    dst: fc.constantFrom('wall' as const, 'once' as const),
  })
  .map(({ place, ...rest }) => ({
    ...rest,
    index: typeof place === 'number' ? place : windowOf(rest.night).turn + place.near,
  }))

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never

function naively({ fields, night, dst }: Case): (index: number) => boolean {
  const [minute, hour, date, month, weekday] = fields

  return (index) => {
    const wall = windowOf(night).walls[index] as Wall
    if (dst === 'once' && wall.again) return false
    const time = minute.lists(wall.minute) && hour.lists(wall.hour)

    return time && date.lists(wall.day) && month.lists(wall.month) && weekday.lists(wall.weekday)
  }
}

function windowOf(night: number): Window {
  return windows[night] as Window
}

/** Steps from minute to minute; undefined when the window has no such minute. */
function step(from: number, by: 1 | -1, isSlot: (index: number) => boolean): number | undefined {
  for (let index = from + by; index >= 0 && index < 4 * day; index += by) if (isSlot(index)) return index

  return undefined
}

/** The search may go beyond the window, where the naive one stops. */
function within({ start }: Window, found: Date | undefined): number | undefined {
  const index = found && found.getTime() / 60_000 - start

  return index !== undefined && index >= 0 && index < 4 * day ? index : undefined
}

/** Expressions whose dates never come are refused, which has its own tests. */
function expressionOf({ fields }: Case) {
  try {
    return parseExpression(fields.map(({ text }) => text).join(' '))
  } catch {
    return undefined
  }
}

describe('ten thousand random expressions and instants, in ten zones, around nights when the clocks change', () => {
  test('agree with stepping from minute to minute', { timeout: 60_000 }, () => {
    let [found, missing] = [0, 0]
    const check = (given: Case) => {
      const { night, index, seconds, dst } = given
      const window = windowOf(night)
      const expression = expressionOf(given)
      const isSlot = naively(given)
      const instant = new Date((window.start + index) * 60_000 + seconds)
      const next = step(index, 1, isSlot)
      if (next === undefined) missing += 1
      else found += 1

      expect(expression?.matches(instant, window.zone, { dst }) ?? false).toBe(isSlot(index))
      expect(within(window, expression?.next(instant, window.zone, { dst }))).toBe(next)
      expect(within(window, expression?.previous(instant, window.zone, { dst }))).toBe(step(index, -1, isSlot))
    }

    fc.assert(fc.property(cases, check), { numRuns: 10_000 })
    expect(Math.min(found, missing)).toBeGreaterThan(1_000)
  })
})
