import type { History, Violation } from '../history.ts'
import { broken } from '../invariants/invariants.ts'
import { resumption } from '../invariants/resumes.ts'
import { repetitions } from '../invariants/runs-once.ts'
import type { Scenario } from '../scenario.ts'

/** What one run of a scenario has shown. */
export interface Result {
  readonly name: string
  readonly fault: string
  readonly promise: string
  readonly seed: number
  /** How many jobs were stored. */
  readonly jobs: number
  /** How many of those that were acknowledged did not end. */
  readonly lost: number
  /** How many ran again without having asked for it. */
  readonly twice: number
  /** Seconds from the moment at which all was well again until work went on everywhere. */
  readonly resumed: number
  /** Seconds that work may take to go on. */
  readonly within: number
  readonly violations: Readonly<Record<string, readonly Violation[]>>
}

/** Judges a run by its history. */
export function resultOf(
  { name, fault, promise, felt = () => true }: Scenario,
  seed: number,
  history: History,
): Result {
  const ended = new Set(history.rows.filter(({ state }) => isFinal(state)).map(({ id }) => id))
  const acknowledged = history.inserts.filter(({ outcome }) => outcome === 'acknowledged')

  return {
    name,
    fault,
    promise,
    seed,
    jobs: history.rows.length,
    lost: acknowledged.filter(({ id = 0 }) => !ended.has(id)).length,
    twice: new Set(repetitions(history).map(([run]) => run.job)).size,
    resumed: Math.round(resumption(history) / 100) / 10,
    within: history.healed.within / 1_000,
    violations: { ...broken(history), ...(!felt(history) && { felt: ['nobody noticed the fault'] }) },
  }
}

function isFinal(state: string): boolean {
  return state === 'completed' || state === 'cancelled' || state === 'discarded'
}
