import { expect, test } from 'vitest'
import type { Line } from './line.ts'
import { runsOf } from './reader.ts'

const of = (kind: 'start' | 'leave' | 'abandoned', at: number, attempt = 1): Line => ({ kind, at, job: 1, attempt })
const end = (at: number, written: boolean): Line => ({
  kind: 'end',
  at,
  job: 1,
  attempt: 1,
  state: 'completed',
  written,
})

test('a run is what its lines tell, from its start to its end', () => {
  expect(runsOf('a', [of('start', 1), of('leave', 2), end(3, true)])).toEqual([
    { job: 1, attempt: 1, node: 'a', started: 1, left: 2, end: { at: 3, state: 'completed', written: true } },
  ])
  expect(runsOf('a', [of('start', 1), of('abandoned', 2)])).toMatchObject([{ abandoned: 2 }])
})

test('an attempt that was given back and begun again is two runs', () => {
  const lines = [of('start', 1), of('leave', 2), end(3, false), of('start', 4), of('leave', 5), end(6, true)]
  expect(runsOf('a', lines)).toMatchObject([
    { started: 1, left: 2, end: { written: false } },
    { started: 4, left: 5, end: { written: true } },
  ])
})

test('attempts of one job are told apart', () => {
  expect(runsOf('a', [of('start', 1), of('start', 2, 2), of('leave', 3, 2)])).toMatchObject([
    { attempt: 1, started: 1 },
    { attempt: 2, started: 2, left: 3 },
  ])
})
