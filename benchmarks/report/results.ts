import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { median } from '../measure/statistics.ts'
import type { Figures } from '../workloads/workload.ts'
import type { Surroundings } from './surroundings.ts'

/** One contender at one setting, with what each round gave. */
export interface Measurement {
  readonly workload: string
  readonly setting: string
  readonly contender: string
  readonly rounds: readonly Figures[]
}

export interface Results {
  readonly surroundings: Surroundings
  readonly measurements: readonly Measurement[]
}

/** Reads results that were stored, if there are any. */
export function readResults(path: string): Results | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : undefined
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`)
}

/**
 * What was measured anew takes the place of all that was known of the same workload; or, to append, adds rounds to what was
 * measured again, and the rest stays as it was.
 */
export function merge(old: Results | undefined, fresh: Results, { append = false } = {}): Results {
  const known = old?.measurements ?? []
  const measurements = append ? appended(known, fresh.measurements) : replaced(known, fresh.measurements)

  return { surroundings: fresh.surroundings, measurements }
}

function replaced(known: readonly Measurement[], fresh: readonly Measurement[]): readonly Measurement[] {
  const workloads = new Set(fresh.map(({ workload }) => workload))

  return [...known.filter(({ workload }) => !workloads.has(workload)), ...fresh]
}

function appended(known: readonly Measurement[], fresh: readonly Measurement[]): readonly Measurement[] {
  const more = new Map(fresh.map((each) => [keyOf(each), each]))
  const knownKeys = new Set(known.map(keyOf))

  return [
    ...known.map((each) => ({ ...each, rounds: [...each.rounds, ...(more.get(keyOf(each))?.rounds ?? [])] })),
    ...fresh.filter((each) => !knownKeys.has(keyOf(each))),
  ]
}

function keyOf({ workload, setting, contender }: Measurement): string {
  return JSON.stringify([workload, setting, contender])
}

/** The median of a figure over the rounds; undefined when it was not measured. */
export function middle(measurement: Measurement | undefined, figure: string): number | undefined {
  const numbers = measurement?.rounds.flatMap((round) => round[figure] ?? [])

  return numbers && numbers.length > 0 ? median(numbers) : undefined
}

/** The least and the most of a figure. */
export function range({ rounds }: Measurement, figure: string): readonly [number, number] {
  const numbers = rounds.flatMap((round) => round[figure] ?? [])

  return [Math.min(...numbers), Math.max(...numbers)]
}
