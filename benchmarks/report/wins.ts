import type { Workload } from '../workloads/workload.ts'
import { type Contenders, ratio } from './comparison.ts'
import { type Measurement, middle } from './results.ts'

/** A setting in which a peer is ahead of Staffa. */
export interface Win {
  readonly title: string
  readonly setting: string
  readonly figure: string
  readonly peer: string
  readonly theirs: number
  readonly ours: number
  /** How far ahead: above one. */
  readonly factor: number
}

type Measured = Pick<Workload, 'name' | 'title' | 'figures'>

/** Every peer that is ahead of Staffa, by the first figure of a workload. */
export function wins(
  { name, title, figures }: Measured,
  all: readonly Measurement[],
  contenders: Contenders,
): readonly Win[] {
  const [figure] = figures
  if (!figure) return []
  const settings = Map.groupBy(
    all.filter(({ workload }) => workload === name),
    ({ setting }) => setting,
  )

  return [...settings].flatMap(([setting, measurements]) => {
    const ours = middle(measurements.find(isOf('staffa', contenders)), figure.name)

    return measurements.filter(isOf('peer', contenders)).flatMap((measurement) => {
      const theirs = middle(measurement, figure.name)
      const factor = figure.better === 'more' ? ratio(theirs, ours) : ratio(ours, theirs)
      if (theirs === undefined || ours === undefined || factor === undefined || factor <= 1) return []
      const peer = contenders.get(measurement.contender)?.name ?? measurement.contender

      return { title, setting, figure: figure.title, peer, theirs, ours, factor }
    })
  })
}

function isOf(kind: string, contenders: Contenders): (measurement: Measurement) => boolean {
  return ({ contender }) => contenders.get(contender)?.kind === kind
}
