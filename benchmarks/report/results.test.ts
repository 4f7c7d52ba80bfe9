import { describe, expect, test } from 'vitest'
import { type Measurement, merge, middle, type Results, range } from './results.ts'

const surroundings = { at: '', machine: '', node: '', postgres: '', redis: undefined, versions: {} }

function results(...measurements: Measurement[]): Results {
  return { surroundings, measurements }
}

function measured(workload: string, contender: string, rates: readonly number[]): Measurement {
  return { workload, contender, setting: 'limit 10', rounds: rates.map((rate) => ({ rate })) }
}

describe('results that are stored', () => {
  const old = results(measured('drain', 'ours', [1]), measured('drain', 'gone', [2]), measured('idle', 'ours', [3]))
  const fresh = results(measured('drain', 'ours', [4]))

  test('are replaced by what was measured anew of the same workload', () => {
    expect(merge(old, fresh).measurements).toEqual([measured('idle', 'ours', [3]), measured('drain', 'ours', [4])])
  })

  test('or get more rounds, and lose nothing that was not measured again', () => {
    const more = results(measured('drain', 'ours', [4]), measured('drain', 'new', [5]))

    expect(merge(old, more, { append: true }).measurements).toEqual([
      measured('drain', 'ours', [1, 4]),
      measured('drain', 'gone', [2]),
      measured('idle', 'ours', [3]),
      measured('drain', 'new', [5]),
    ])
  })

  test('need not be there', () => {
    expect(merge(undefined, fresh, { append: true })).toEqual(fresh)
  })
})

test('a figure is the median of the rounds that have it', () => {
  const measurement = {
    ...measured('drain', 'ours', [1, 9, 2]),
    rounds: [{ rate: 1 }, { rate: 9 }, { other: 5 }, { rate: 2 }],
  }

  expect(middle(measurement, 'rate')).toBe(2)
  expect(middle(measurement, 'nothing')).toBeUndefined()
  expect(middle(undefined, 'rate')).toBeUndefined()
  expect(range(measurement, 'rate')).toEqual([1, 9])
})
