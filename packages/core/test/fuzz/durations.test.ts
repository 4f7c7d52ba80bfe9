import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Duration,
  toMilliseconds,
  toNonNegativeMilliseconds,
  toPositiveMilliseconds,
} from '../../src/support/duration.ts'
import { nearly, numRuns, perhaps, refusing } from './junk.ts'

const counts = [0, 1, 0.5, 90, -3, 1e6, undefined]
const parts = nearly({
  milliseconds: counts,
  seconds: counts,
  minutes: counts,
  hours: counts,
  days: counts,
  weeks: counts,
  months: counts,
})
const readers = [toMilliseconds, toNonNegativeMilliseconds, toPositiveMilliseconds] as const

test('a duration is a whole number of milliseconds that a timestamp has room for, or is refused', () => {
  const property = fc.property(perhaps(parts), fc.nat(2), (duration, index) => {
    const milliseconds = refusing(() => readers[index]?.(duration as Duration, 'a duration'))
    if (milliseconds === undefined) return

    expect(Number.isSafeInteger(milliseconds)).toBe(true)
    expect(Math.abs(milliseconds)).toBeLessThanOrEqual(8_640_000_000_000)
    expect(milliseconds).toBeGreaterThanOrEqual([Number.NEGATIVE_INFINITY, 0, 1][index] ?? 0)
  })

  fc.assert(property, { numRuns })
})
