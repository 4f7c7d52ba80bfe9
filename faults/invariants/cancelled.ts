import type { Invariant } from '../history.ts'

/** What was cancelled does not complete, nor begin again. */
export const cancelled: Invariant = ({ cancelled, changes, rows }) => {
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  const told = cancelled
    .filter((id) => states.get(id) !== 'cancelled')
    .map((id) => `job ${id} was cancelled, and is ${states.get(id) ?? 'gone'}`)
  const revived = changes
    .filter(({ before, after }) => before === 'cancelled' && after !== 'cancelled' && after !== undefined)
    .map(({ job, after, by }) => `job ${job} was cancelled, and ${by} made it ${after}`)

  return [...told, ...revived]
}
