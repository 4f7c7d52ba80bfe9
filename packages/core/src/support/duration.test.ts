import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Duration,
  type DurationParts,
  toMilliseconds,
  toNonNegativeMilliseconds,
  toPositiveMilliseconds,
} from './duration.ts'

test.each<[Duration, number]>([
  [1, 1000],
  [0, 0],
  [-1.5, -1500],
  [0.0004, 0],
  [{ milliseconds: 1 }, 1],
  [{ seconds: 1 }, 1000],
  [{ minutes: 1 }, 60_000],
  [{ hours: 1 }, 3_600_000],
  [{ days: 1 }, 86_400_000],
  [{ weeks: 1 }, 604_800_000],
  [{ months: 1 }, 2_592_000_000],
  [{ hours: 1, minutes: 30 }, 5_400_000],
  [{ minutes: 1.5 }, 90_000],
  [{ minutes: 1, seconds: undefined }, 60_000],
  [{ minutes: 1, seconds: -60 }, 0],
])('%j is %d milliseconds', (duration, milliseconds) => {
  expect(toMilliseconds(duration)).toBe(milliseconds)
})

const count = fc.integer({ min: -1000, max: 1000 })
const parts = fc.record(
  { milliseconds: count, seconds: count, minutes: count, hours: count, days: count, weeks: count, months: count },
  { requiredKeys: ['seconds'] },
)

test('parts add up, in any order', () => {
  fc.assert(
    fc.property(parts, (given: DurationParts) => {
      const each = Object.entries(given).map(([unit, part]) => toMilliseconds({ [unit]: part }))
      const reversed = Object.fromEntries(Object.entries(given).reverse())

      expect(toMilliseconds(given)).toBe(each.reduce((sum, part) => sum + part, 0))
      expect(toMilliseconds(reversed)).toBe(toMilliseconds(given))
    }),
  )
})

test('a number is as many seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8_640_000_000, max: 8_640_000_000 }), (seconds) => {
      expect(toMilliseconds(seconds)).toBe(toMilliseconds({ seconds }))
      expect(toMilliseconds(seconds)).toBe(seconds * 1000)
    }),
  )
})

test('whatever is given, the answer is a whole number of milliseconds that a date can hold, or INVALID_OPTION', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.double(), fc.dictionary(fc.string(), fc.double())), (given) => {
      try {
        const milliseconds = toMilliseconds(given as Duration)
        expect(Number.isSafeInteger(milliseconds)).toBe(true)
        expect(new Date(milliseconds).getTime()).toBe(milliseconds + 0)
      } catch (error) {
        expect(['INVALID_OPTION', 'UNKNOWN_OPTION']).toContain((error as { code?: string }).code)
      }
    }),
  )
})

describe('what is no duration is refused', () => {
  test.each([
    ['5m', 'expected timeout to be a number of seconds or an object such as { minutes: 5 }, got "5m"'],
    [null, 'expected timeout to be a number of seconds or an object such as { minutes: 5 }, got null'],
    [Number.NaN, 'got NaN'],
    [Number.POSITIVE_INFINITY, 'got Infinity'],
    [{}, 'got {}'],
    [[1], 'got [ 1 ]'],
    [new Date(0), 'got 1970-01-01'],
    [{ minutes: '5' }, 'expected timeout.minutes to be a number, got "5"'],
    [{ minutes: Number.NaN }, 'got { minutes: NaN }'],
    [{ minute: 5 }, 'unknown option "minute" in timeout, did you mean "minutes"?'],
    [{ months: 1e9 }, 'got { months: 1000000000 }'],
  ])('%o', (given, message) => {
    expect(() => toMilliseconds(given as never, 'timeout')).toThrow(message)
  })
})

test('some spans must be longer than nothing, and some may be nothing', () => {
  expect(toPositiveMilliseconds(1, 'timeout')).toBe(1000)
  expect(toNonNegativeMilliseconds(0, 'grace')).toBe(0)

  for (const span of [0, -1, 0.0001, { minutes: -1 }]) {
    expect(() => toPositiveMilliseconds(span, 'timeout')).toThrow(
      'expected timeout to be a duration longer than nothing',
    )
  }
  for (const span of [-1, { minutes: -1 }]) {
    expect(() => toNonNegativeMilliseconds(span, 'grace')).toThrow(
      'expected grace to be a duration that is not negative',
    )
  }
})
