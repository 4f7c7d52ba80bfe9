import { describe, expect, test } from 'vitest'
import { KeptPlan } from './kept-plan.ts'

/** Tells of fetches, one each second; whether the plan that is kept would serve the next. */
function after(...fetches: readonly { rows?: number; elapsed?: number; kept?: boolean }[]): boolean {
  const plan = new KeptPlan()
  for (const [second, { rows = 0, elapsed = 1, kept = true }] of fetches.entries()) {
    plan.learn(second * 1_000, { rows, elapsed, kept })
  }

  return plan.serves(fetches.length * 1_000)
}

const slow = { elapsed: 6 }

describe('the plan that a session keeps', () => {
  test('serves a queue in which the last fetch found little', () => {
    expect(after()).toBe(false)
    expect(after({ rows: 0, kept: false })).toBe(true)
    expect(after({ rows: 500 })).toBe(true)
    expect(after({ rows: 0 }, { rows: 501 })).toBe(false)
    expect(after({ rows: 2_000, kept: false }, { rows: 3, kept: false })).toBe(true)
  })

  test('is left when two fetches in a row took longer than their rows explain', () => {
    expect(after({}, slow)).toBe(true)
    expect(after({}, slow, slow)).toBe(false)
    expect(after({}, slow, {}, slow)).toBe(true)
    expect(after({ rows: 20, ...slow }, { rows: 20, elapsed: 6 })).toBe(true)
    expect(after({ rows: 20, elapsed: 7 }, { rows: 20, elapsed: 7 })).toBe(false)
  })

  test('is not blamed for what was planned anew', () => {
    expect(after({ ...slow, kept: false }, { ...slow, kept: false }, slow)).toBe(true)
  })

  test('is tried again after a minute', () => {
    const plan = new KeptPlan()
    for (const second of [1, 2]) plan.learn(second * 1_000, { rows: 0, elapsed: 100, kept: true })

    expect(plan.serves(61_999)).toBe(false)
    expect(plan.serves(62_000)).toBe(true)
  })
})
