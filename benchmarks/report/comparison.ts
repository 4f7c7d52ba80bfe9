import type { Contender } from '../contenders/contender.ts'
import type { Figure } from '../workloads/workload.ts'
import { type Measurement, middle } from './results.ts'

/** How one contender stands to those that it is measured against, in the same setting. */
export interface Comparison {
  readonly measurement: Measurement
  /** Its figure by the floor's: below one is less. */
  readonly toFloor: number | undefined
  /** Its figure by that of the best peer on PostgreSQL. */
  readonly toBestPeer: number | undefined
}

export type Contenders = ReadonlyMap<string, Contender>

/** Compares what was measured in one setting of one workload, by one figure. */
export function compare(
  measurements: readonly Measurement[],
  figure: Figure,
  contenders: Contenders,
): readonly Comparison[] {
  const of = (measurement: Measurement | undefined) => middle(measurement, figure.name)
  const floor = of(measurements.find(({ contender }) => contenders.get(contender)?.kind === 'floor'))
  const best = bestOf(measurements.filter(({ contender }) => isPeer(contenders.get(contender))).map(of), figure)

  return measurements.map((measurement) => ({
    measurement,
    toFloor: ratio(of(measurement), floor),
    toBestPeer: ratio(of(measurement), best),
  }))
}

function isPeer(contender: Contender | undefined): boolean {
  return contender?.kind === 'peer' && contender.store === 'postgres'
}

/** The best of some numbers; undefined when there is none. */
export function bestOf(
  numbers: readonly (number | undefined)[],
  { better }: Pick<Figure, 'better'>,
): number | undefined {
  const known = numbers.filter((number) => number !== undefined)
  if (known.length === 0) return undefined

  return better === 'more' ? Math.max(...known) : Math.min(...known)
}

export function ratio(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined || other === 0 ? undefined : one / other
}
