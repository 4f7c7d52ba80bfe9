import type { History, Invariant, Row, Settlement } from '../history.ts'

/** Every job that has something to settle is settled once, and where its own attempt ended it, in that transaction. */
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

function complaints({ id, state, settles }: Row, settled: Settlement, { changes }: History): readonly string[] {
  const end = changes.findLast(({ job, after }) => job === id && after === settled.state)
  const apart = settled.by === 'attempt' && end?.transaction !== settled.transaction

  return [
    ...(settled.state === state ? [] : [`job ${id} is ${state}, and was settled as ${settled.state}`]),
    ...(settles === 'done' ? [] : [`job ${id} was settled, and does not know it`]),
    ...(apart ? [`job ${id} was settled apart from the transaction that ended it`] : []),
  ]
}
