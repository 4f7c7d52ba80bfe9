import { life } from './life.ts'
import { plans } from './plans.ts'
import { type EngineSubject, type Runner, register } from './runner.ts'
import { upkeep } from './upkeep.ts'

export type { MakeEngine } from './bench.ts'
export type { EngineSubject, Runner } from './runner.ts'

/**
 * Registers the tests of what every engine must do: for each verb, what it changes, what it leaves alone, and what
 * becomes of it when others are at work on the same rows.
 */
export function engineConformance(runner: Runner, subject: EngineSubject): void {
  const plain = subject.prefix === undefined && subject.tables === undefined
  register(runner, subject, [...life, ...upkeep, ...(plain ? [plans] : [])])
}
