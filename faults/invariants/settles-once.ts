import type { Change, History, Invariant, NodeLife, Row, Settlement } from '../history.ts'
import { tolerance } from './runs.ts'

/**
 * Every job that has something to settle is settled once, and where its own attempt ended it, in that transaction: unless
 * settling failed there, which the node has told of.
 */
export const settlesOnce: Invariant = (history) => {
  const byJob = Map.groupBy(history.settlements, ({ job }) => job)

  return history.rows
    .filter(({ settles }) => settles !== 'no')
    .flatMap((row) => {
      const settled = byJob.get(row.id) ?? []
      const [only] = settled
      if (settled.length !== 1 || !only)
        return [`expected job ${row.id} to be settled once, got ${settled.length} times`]

      return complaints(row, only, history)
    })
}

function complaints({ id, state, settles }: Row, settled: Settlement, { changes, nodes }: History): readonly string[] {
  const end = changes.findLast(({ job, after }) => job === id && after === settled.state)
  const together = end?.transaction === settled.transaction
  const apart = settled.by === 'attempt' && !together && !(end && failedAfter(end, nodes))

  return [
    ...(settled.state === state ? [] : [`job ${id} is ${state}, and was settled as ${settled.state}`]),
    ...(settles === 'done' ? [] : [`job ${id} was settled, and does not know it`]),
    ...(apart ? [`job ${id} was settled apart from the transaction that ended it`] : []),
  ]
}

/** How long after the end of a job its settling may have failed, in the same transaction. */
const patience = 6_000

function failedAfter({ by, at }: Change, nodes: readonly NodeLife[]): boolean {
  const failures = nodes.find(({ name }) => name === by)?.failures ?? []

  return failures.some(
    (failure) => failure.where === 'settler' && failure.at > at - tolerance && failure.at < at + patience,
  )
}
