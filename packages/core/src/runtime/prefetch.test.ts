import fc from 'fast-check'
import { expect, test } from 'vitest'
import { follow, prefetch, unknownPace } from './prefetch.ts'

test('nothing is fetched ahead before anything was measured, for slow jobs, and when it is declined', () => {
  expect(prefetch(100, unknownPace, 1000)).toBe(0)
  expect(prefetch(100, { fetch: 5, job: 50 }, 1000)).toBe(0)
  expect(prefetch(100, { fetch: 5, job: 0.01 }, 0)).toBe(0)
})

test('as many are fetched ahead as the slots finish during two fetches', () => {
  expect(prefetch(10, { fetch: 2, job: 4 }, 1000)).toBe(10)
  expect(prefetch(10, { fetch: 2, job: 1 }, 1000)).toBe(40)
  expect(prefetch(10, { fetch: 2, job: 0 }, 1000)).toBe(1000)
})

test('whatever was measured, it is a whole number within bounds', () => {
  const time = fc.double({ min: 0, max: 1e9, noNaN: true })

  const measured = fc.record({
    limit: fc.integer({ min: 1, max: 100_000 }),
    fetch: time,
    job: time,
    most: fc.nat(10_000),
  })

  fc.assert(
    fc.property(measured, ({ limit, most, ...pace }) => {
      const ahead = prefetch(limit, pace, most)

      expect(Number.isInteger(ahead)).toBe(true)
      expect(ahead).toBeGreaterThanOrEqual(0)
      expect(ahead).toBeLessThanOrEqual(most)
    }),
  )
})

test('the average begins with the first sample, and follows a change within a few more', () => {
  expect(follow(Number.NaN, 8)).toBe(8)
  expect(follow(Number.POSITIVE_INFINITY, 8)).toBe(8)
  const after = (samples: number) => Array.from({ length: samples }).reduce<number>((now) => follow(now, 100), 0)

  expect(after(1)).toBe(12.5)
  expect(after(20)).toBeGreaterThan(90)
})
