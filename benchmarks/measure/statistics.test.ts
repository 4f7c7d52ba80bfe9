import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { median, percentile } from './statistics.ts'

describe('the median', () => {
  test('is the middle of an odd number, and the mean of the two in the middle of an even one', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 2, 100, 4])).toBe(7)
    expect(median([])).toBeNaN()
  })

  test('does not care for the order, nor for how far away the others are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
        const middle = median(numbers)

        expect(median(numbers.toReversed())).toBe(middle)
        const below = numbers.filter((number) => number < middle).length
        const above = numbers.filter((number) => number > middle).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(numbers.length / 2)
      }),
    )
  })
})

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  test('is one of the numbers: that part of them is not larger', () => {
    expect(percentile(hundred, 0.5)).toBe(50)
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 1)).toBe(100)
    expect(percentile(hundred, 0)).toBe(1)
    expect(percentile([7], 0.99)).toBe(7)
  })
})
