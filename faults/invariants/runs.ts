import type { History, NodeLife, Run, Span } from '../history.ts'

/** How far apart the clocks of the machine, of PostgreSQL and of its processes may be read, in milliseconds. */
export const tolerance = 100

/** The runs of each job, in the order in which they began. */
export function runsByJob(history: Pick<History, 'runs'>): ReadonlyMap<number, readonly Run[]> {
  return Map.groupBy(
    history.runs.toSorted((a, b) => a.started - b.started),
    ({ job }) => job,
  )
}

/**
 * The times in which the database heard nothing of a node: between a beat that was sent and the next that was answered,
 * and from the last one on, for ever once the process has ended.
 */
export function silences({ beats, ended, seen }: NodeLife): readonly Span[] {
  const until = ended === undefined ? seen : Number.POSITIVE_INFINITY

  return beats.map(({ from }, index) => ({ from, to: beats[index + 1]?.to ?? until }))
}

export function overlaps(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to
}
