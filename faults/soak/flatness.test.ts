import { expect, test } from 'vitest'
import { flatness, type Point } from './flatness.ts'

const bound = { share: 0.1, amount: 5 }

/** A run of ten minutes, measured every two seconds. */
const run = (value: (second: number) => number): readonly Point[] =>
  Array.from({ length: 301 }, (_, index) => ({ at: index * 2_000, value: value(index * 2) }))

/** Repeatable noise between -1 and 1. */
const noise = (second: number) => Math.sin(second * 12.9898) * 0.7 + Math.sin(second * 78.233) * 0.3

test.each<[string, (second: number) => number]>([
  ['does not move', () => 100],
  ['is never there', () => 0],
  ['flutters', (second) => 100 + 20 * noise(second)],
  ['warms up for as long as half the run', (second) => 100 + Math.min(second, 300)],
  ['is a sawtooth', (second) => 100 + (second % 40)],
  ['has outliers, the last of them at the end', (second) => (second % 97 === 0 || second === 600 ? 900 : 100)],
  ['shrinks', (second) => 1_000 - second],
  ['grows by less than its share', (second) => 100 + second * 0.02],
  ['is small and grows by less than the amount', (second) => 1 + second * 0.01],
])('what %s is flat', (_name, value) => {
  expect(flatness(run(value), bound)).toMatchObject({ flat: true })
})

test.each<[string, (second: number) => number]>([
  ['grows all the time', (second) => 100 + second],
  ['grows by a little more than its share', (second) => 100 + second * 0.05],
  ['flutters and grows', (second) => 100 + 20 * noise(second) + second * 0.1],
  ['is a sawtooth whose teeth rise', (second) => 100 + (second % 40) + second * 0.1],
  ['begins to grow after it has warmed up', (second) => 100 + Math.max(0, second - 300) * 0.1],
  ['is small and grows by more than the amount', (second) => 1 + second * 0.02],
])('what %s is not', (_name, value) => {
  expect(flatness(run(value), bound)).toMatchObject({ flat: false })
})

test('the verdict says by how much it grew, and how much that may be', () => {
  const { growth, allowed, usual } = flatness(
    run((second) => 100 + second),
    bound,
  )

  expect([growth, allowed, usual].map(Math.round)).toEqual([300, 55, 550])
})

test('too few measurements are no proof of anything', () => {
  const short = run(() => 100).slice(0, 18)

  expect(() => flatness(short, bound)).toThrow('expected 10 measurements in the second half, got 9')
  expect(() => flatness([], bound)).toThrow('got 0')
})
