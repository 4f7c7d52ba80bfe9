import { expect, test } from 'vitest'
import type { Contender } from '../contenders/contender.ts'
import { rate } from '../workloads/workload.ts'
import type { Measurement } from './results.ts'
import { wins } from './wins.ts'

function contender(name: string, kind: Contender['kind']): Contender {
  return { name, kind, store: 'postgres', settings: '', open: () => expect.unreachable() }
}

const contenders = new Map([
  ['ours', contender('Ours', 'staffa')],
  ['floor', contender('Floor', 'floor')],
  ['one', contender('One', 'peer')],
  ['other', contender('Other', 'peer')],
])

function measured(name: string, number: number, setting: string): Measurement {
  return { workload: 'drain', setting, contender: name, rounds: [{ rate: number }] }
}

const measurements = [
  measured('ours', 10, 'a'),
  measured('floor', 99, 'a'),
  measured('one', 15, 'a'),
  measured('other', 10, 'a'),
  measured('ours', 10, 'b'),
  measured('one', 5, 'b'),
]

test('a peer wins where its figure is better than ours, and the floor is no peer', () => {
  const drain = { name: 'drain', title: 'Drain', figures: [rate] }

  expect(wins(drain, measurements, contenders)).toEqual([
    { title: 'Drain', setting: 'a', figure: 'jobs/s', peer: 'One', theirs: 15, ours: 10, factor: 1.5 },
  ])
})

test('less may be better', () => {
  const wait = { name: 'drain', title: 'Wait', figures: [{ ...rate, better: 'less' as const }] }

  expect(wins(wait, measurements, contenders)).toMatchObject([{ setting: 'b', peer: 'One', factor: 2 }])
})
