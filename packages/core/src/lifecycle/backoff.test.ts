import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff, exponential, jitter } from './backoff.ts'

const least = () => 0
const most = () => 1 - Number.EPSILON

describe('the seconds before the next attempt lie between', () => {
  test.each([
    [1, 17, 18],
    [2, 19, 20],
    [3, 23, 25],
    [4, 31, 34],
    [5, 47, 51],
    [6, 79, 86],
    [7, 143, 157],
    [8, 271, 298],
    [9, 527, 579],
    [10, 1039, 1142],
    [11, 2063, 2269],
    [12, 4111, 4522],
    [15, 32_783, 36_061],
    [19, 524_303, 576_733],
    [20, 1_048_591, 1_153_450],
  ])('attempt %d: %d and %d', (attempt, from, to) => {
    const attempted = { attempt, maxAttempts: 20 }

    expect(backoff(attempted, least)).toBe(from)
    expect(backoff(attempted, most)).toBe(to)
  })
})

test.each([
  [50, 100, 10],
  [3, 24, 3],
  [1, 100, 0],
  [99, 100, 20],
])('attempt %d of %d waits like attempt %d of 20', (attempt, maxAttempts, like) => {
  expect(backoff({ attempt, maxAttempts }, least)).toBe(backoff({ attempt: like, maxAttempts: 20 }, least))
})

test('whatever the attempt, the wait is whole, and never longer than that of the twentieth', () => {
  const attempted = fc
    .record({ attempt: fc.integer({ min: 1, max: 32_767 }), maxAttempts: fc.integer({ min: 1, max: 32_767 }) })
    .filter(({ attempt, maxAttempts }) => attempt <= maxAttempts)

  fc.assert(
    fc.property(attempted, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, random) => {
      const seconds = backoff(given, () => random)

      expect(Number.isSafeInteger(seconds)).toBe(true)
      expect(seconds).toBeGreaterThanOrEqual(16)
      expect(seconds).toBeLessThanOrEqual(1_153_450)
    }),
  )
})

test('chance decides by default', () => {
  const waits = new Set(Array.from({ length: 100 }, () => backoff({ attempt: 15, maxAttempts: 20 })))

  expect(waits.size).toBeGreaterThan(1)
})

test.each([
  [1, {}, 2],
  [1, { multiplier: 100 }, 200],
  [1, { padding: 10 }, 12],
  [10, {}, 1024],
  [11, {}, 1024],
  [11, { maxPower: 11 }, 2048],
])('exponential(%d, %j) is %d', (attempt, options, seconds) => {
  expect(exponential(attempt, options)).toBe(seconds)
})

describe('jitter changes a time by at most its part', () => {
  const time = fc.integer({ min: 0, max: 100_000 })
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test.each([
    ['increase', 0, 1],
    ['decrease', -1, 0],
    ['both', -1, 1],
  ] as const)('%s: from %d to %d times the part', (mode, down, up) => {
    fc.assert(
      fc.property(time, part, chance, (given, multiplier, random) => {
        const most = Math.trunc(given * multiplier)
        const difference = jitter(given, { mode, multiplier, random: () => random }) - given

        expect(difference).toBeGreaterThanOrEqual(down * most)
        expect(difference).toBeLessThanOrEqual(up * most)
      }),
    )
  })

  test('a tenth in either direction by default', () => {
    const times = Array.from({ length: 1000 }, () => jitter(1000))

    expect(Math.min(...times)).toBeGreaterThanOrEqual(900)
    expect(Math.min(...times)).toBeLessThan(1000)
    expect(Math.max(...times)).toBeGreaterThan(1000)
    expect(Math.max(...times)).toBeLessThanOrEqual(1100)
  })
})
