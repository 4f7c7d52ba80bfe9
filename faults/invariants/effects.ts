import type { Invariant } from '../history.ts'

/** What is completed was done; and what a job writes in the transaction that ends it is written exactly once. */
export const effects: Invariant = ({ rows, runs, effects }) => {
  const left = new Set(runs.filter((run) => run.left !== undefined).map(({ job }) => job))
  const written = Map.groupBy(effects, (job) => job)
  // A job that ends in its own transaction may be completed without a word to anybody outside: its node was killed.
  const undone = rows.filter(({ id, state, worker }) => state === 'completed' && worker !== 'exact' && !left.has(id))
  const miscounted = rows
    .filter(({ worker }) => worker === 'exact')
    .map(({ id, state }) => ({ id, state, count: written.get(id)?.length ?? 0 }))
    .filter(({ state, count }) => count !== (state === 'completed' ? 1 : 0))

  return [
    ...undone.map(({ id }) => `job ${id} is completed, and nobody did it`),
    ...miscounted.map(({ id, state, count }) => `job ${id} is ${state}, and has written ${count} times`),
  ]
}
