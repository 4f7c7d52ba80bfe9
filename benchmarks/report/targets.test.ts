import { expect, test } from 'vitest'
import type { Contender } from '../contenders/contender.ts'
import type { Measurement } from './results.ts'
import { Findings, targets } from './targets.ts'

function contender(kind: Contender['kind'], store: Contender['store'] = 'postgres'): Contender {
  return { name: '', kind, store, settings: '', open: () => expect.unreachable() }
}

const contenders = new Map([
  ['staffa', contender('staffa')],
  ['floor', contender('floor')],
  ['graphile-tuned', contender('peer')],
  ['graphile-best', contender('peer')],
  ['bullmq-redis', contender('peer', 'redis')],
])

function drained(name: string, rate: number, setting = 'limit 10'): Measurement {
  return { workload: 'drain', setting, contender: name, rounds: [{ rate }] }
}

function known(measurements: readonly Measurement[]) {
  const found = targets(new Findings(measurements, contenders))

  return found.filter(({ value }) => value !== undefined).map(({ name, value, met }) => [name, value, met])
}

test('a drain is compared with the tuned peer, the best one at any limit, and the floor', () => {
  const measurements = [
    drained('staffa', 90),
    drained('floor', 100),
    drained('graphile-tuned', 50),
    drained('graphile-best', 60),
    drained('graphile-best', 80, 'limit 50'),
    drained('bullmq-redis', 500),
  ]

  expect(known(measurements)).toEqual([
    ['drain, limit 10, to graphile-worker tuned', 1.8, true],
    ['drain, limit 10, to the best PostgreSQL peer', 1.125, false],
    ['drain, limit 10, to the floor', 0.9, true],
  ])
})

test('what was not measured is neither met nor missed', () => {
  const all = targets(new Findings([], contenders))

  expect(all.length).toBeGreaterThan(20)
  expect(new Set(all.map(({ met }) => met))).toEqual(new Set([undefined]))
})
