import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Average, Pace, prefetch, unmeasured } from './pace.ts'

test('nothing is fetched ahead before anything was measured, for slow jobs, and when it is declined', () => {
  expect(prefetch(100, unmeasured, 1000)).toBe(0)
  expect(prefetch(100, { fetch: 5, job: 50, bytes: 100 }, 1000)).toBe(0)
  expect(prefetch(100, { fetch: 5, job: 0.01, bytes: 100 }, 0)).toBe(0)
})

test('as many are fetched ahead as the slots finish during two fetches', () => {
  expect(prefetch(10, { fetch: 2, job: 4, bytes: 100 }, 1000)).toBe(10)
  expect(prefetch(10, { fetch: 2, job: 1, bytes: 100 }, 1000)).toBe(40)
  expect(prefetch(10, { fetch: 2, job: 0, bytes: 100 }, 1000)).toBe(1000)
})

test('what is fetched ahead fits into 16 MiB', () => {
  expect(prefetch(10, { fetch: 2, job: 0, bytes: 1024 * 1024 }, 1000)).toBe(16)
  expect(prefetch(10, { fetch: 2, job: 0, bytes: 64 * 1024 * 1024 }, 1000)).toBe(0)
})

test('a pace is known once a fetch and a job were measured, until it is forgotten', () => {
  const pace = new Pace()
  const ahead = () => pace.room({ limit: 10, prefetch: 1000 }, { held: 10, unwritten: 0 })
  expect(ahead()).toBe(0)
  pace.fetched(2, { count: 2, bytes: 200 })
  expect(ahead()).toBe(0)
  pace.ran(4)
  expect(ahead()).toBe(10)
  pace.fetched(2, { count: 0, bytes: 0 })
  expect(ahead()).toBe(10)
  pace.forget()
  expect(ahead()).toBe(0)
})

test('what is fetched ahead comes in two halves, and never a few at a time while every slot has a job', () => {
  const pace = new Pace()
  pace.fetched(20, { count: 200, bytes: 20_000 })
  pace.ran(0.02)
  const room = (held: number) => pace.room({ limit: 10, prefetch: 990 }, { held, unwritten: 0 })

  expect([room(0), room(9), room(500), room(750), room(751), room(990)]).toEqual([500, 500, 500, 250, 0, 0])
})

test('each fetch is at most four times as large as the one before, or as of a hundred, beyond the slots', () => {
  const pace = new Pace()
  const room = () => pace.room({ limit: 10, prefetch: 4_000 }, { held: 0, unwritten: 0 })
  pace.ran(0.02)
  const sizes = [10, 45, 185].map((brought) => {
    pace.fetched(20, { count: brought, bytes: brought * 100 })

    return room()
  })

  expect(sizes).toEqual([405, 405, 745])
})

test('what is held takes room, and so do ends that wait to be written, beyond two thousand', () => {
  const room = (held: number, unwritten: number) => new Pace().room({ limit: 10, prefetch: 0 }, { held, unwritten })

  expect([room(0, 0), room(4, 2_000), room(4, 2_005), room(10, 3_000)]).toEqual([10, 6, 1, 0])
})

test('whatever was measured, it is a whole number within bounds', () => {
  const time = fc.double({ min: 0, max: 1e9, noNaN: true })

  const cases = fc.record({
    limit: fc.integer({ min: 1, max: 100_000 }),
    fetch: time,
    job: time,
    bytes: time,
    most: fc.nat(10_000),
  })

  fc.assert(
    fc.property(cases, ({ limit, most, ...measured }) => {
      const ahead = prefetch(limit, measured, most)

      expect(Number.isInteger(ahead)).toBe(true)
      expect(ahead).toBeGreaterThanOrEqual(0)
      expect(ahead).toBeLessThanOrEqual(most)
    }),
  )
})

test('an average is that of the first samples, follows a change within a few more, and can be forgotten', () => {
  const average = new Average(Number.POSITIVE_INFINITY)
  const after = (samples: readonly number[]) => {
    for (const sample of samples) average.take(sample)

    return average.value
  }

  expect(after([])).toBe(Number.POSITIVE_INFINITY)
  expect(after([8])).toBe(8)
  expect(after([0, 1])).toBe(3)
  expect(after([1, 1, 1, 1])).toBeCloseTo(13 / 7)
  expect(after(Array.from({ length: 20 }, () => 100))).toBeGreaterThan(90)
  average.forget()
  expect(average.value).toBe(Number.POSITIVE_INFINITY)
  expect(after([4])).toBe(4)
})
