import { describe, expect, test } from 'vitest'
import type { Contender } from '../contenders/contender.ts'
import { rate } from '../workloads/workload.ts'
import type { Contenders } from './comparison.ts'
import type { Measurement } from './results.ts'
import { show, table, workloadTable } from './table.ts'

function contender(name: string, kind: Contender['kind'], store: Contender['store'] = 'postgres'): Contender {
  return { name, kind, store, settings: '', open: () => expect.unreachable() }
}

const contenders: Contenders = new Map([
  ['ours', contender('Ours', 'staffa')],
  ['floor', contender('Floor', 'floor')],
  ['quick', contender('Quick', 'peer')],
  ['slow', contender('Slow', 'peer')],
  ['redis', contender('Redis', 'peer', 'redis')],
])

function measured(name: string, rates: readonly number[], setting = 'limit 10'): Measurement {
  return { workload: 'drain', setting, contender: name, rounds: rates.map((rate) => ({ rate })) }
}

describe('the table of a workload', () => {
  test('has medians and spread, and compares with the floor and with the best peer on PostgreSQL', () => {
    const measurements = [
      measured('ours', [1_500, 900, 1_600]),
      measured('floor', [2_000]),
      measured('quick', [1_000]),
      measured('slow', [10]),
      measured('redis', [9_000]),
    ]

    expect(workloadTable({ figures: [rate] }, measurements, contenders).split('\n')).toEqual([
      '| setting  | contender | jobs/s |     min–max | ÷ floor | ÷ best peer |',
      '| -------- | --------- | -----: | ----------: | ------: | ----------: |',
      '| limit 10 | Ours      |  1,500 |   900–1,600 |    0.75 |        1.50 |',
      '| limit 10 | Floor     |  2,000 | 2,000–2,000 |    1.00 |        2.00 |',
      '| limit 10 | Quick     |  1,000 | 1,000–1,000 |    0.50 |        1.00 |',
      '| limit 10 | Slow      |     10 |       10–10 |    0.01 |        0.01 |',
      '| limit 10 | Redis     |  9,000 | 9,000–9,000 |    4.50 |        9.00 |',
    ])
  })

  test('compares within a setting, and by the least where less is better', () => {
    const wait = { name: 'rate', title: 'ms', better: 'less' } as const
    const measurements = [
      measured('ours', [2]),
      measured('quick', [4]),
      measured('slow', [8]),
      measured('ours', [5], 'b'),
    ]
    const rows = workloadTable({ figures: [wait] }, measurements, contenders)
      .split('\n')
      .slice(2)

    expect(rows.map((row) => row.split('|').at(-2)?.trim())).toEqual(['0.50', '1.00', '2.00', '–'])
  })
})

test('words stand to the left and numbers to the right', () => {
  expect(table(['a', 'b', 'number'], [['long', 'x', '1']])).toBe(
    ['| a    | b | number |', '| ---- | - | -----: |', '| long | x |      1 |'].join('\n'),
  )
})

test('what was not measured is a dash', () => {
  expect(show(undefined)).toBe('–')
  expect(show(Number.NaN)).toBe('–')
  expect(show(1_234.56, { digits: 1 })).toBe('1,234.6')
})
