import { describe, expect, test, vi } from 'vitest'
import type * as outcomes from './outcome.ts'
import { cancel, complete, discard, fail, isOutcome, snooze } from './outcome.ts'

const each = [complete(1), snooze(60), cancel('why'), discard('why'), fail('why')]

test('each outcome says its kind and carries what it was given', () => {
  expect(each).toMatchObject([
    { kind: 'completed', value: 1 },
    { kind: 'snoozed', duration: 60 },
    { kind: 'cancelled', reason: 'why' },
    { kind: 'discarded', reason: 'why' },
    { kind: 'failed', reason: 'why' },
  ])
})

test.each(each)('$kind is an outcome, and frozen', (outcome) => {
  expect(isOutcome(outcome)).toBe(true)
  expect(Object.isFrozen(outcome)).toBe(true)
})

test('an outcome with meta added by a layer is still an outcome', () => {
  expect(isOutcome({ ...complete(1), meta: { seen: true } })).toBe(true)
})

describe('what merely looks like an outcome is a result', () => {
  const lookalikes = [
    { kind: 'cancelled', reason: 'a subscription, not a job' },
    { kind: 'completed', value: 1 },
    { ...JSON.parse(JSON.stringify(snooze(60))) },
    'cancelled',
    null,
    undefined,
    cancel,
    Symbol.for('staffa.outcome'),
  ]

  test.each(lookalikes)('%o', (value) => {
    expect(isOutcome(value)).toBe(false)
  })
})

test('two copies of the module understand each other', async () => {
  vi.resetModules()
  const other: typeof outcomes = await import('./outcome.ts')
  expect(other.cancel).not.toBe(cancel)

  expect(isOutcome(other.cancel('why'))).toBe(true)
  expect(other.isOutcome(cancel('why'))).toBe(true)
})
