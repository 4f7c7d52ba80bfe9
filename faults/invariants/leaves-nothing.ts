import type { Invariant } from '../history.ts'

/** An insert that failed or was rolled back leaves nothing; one whose fate is unknown has been done once at most. */
export const leavesNothing: Invariant = ({ inserts, rows }) => {
  const byKey = Map.groupBy(rows, ({ key }) => key)

  return inserts.flatMap(({ key, outcome }) => {
    const count = byKey.get(key)?.length ?? 0
    if (outcome === 'rolled back' && count > 0) return [`${key} was rolled back, and is stored`]
    if (outcome === 'unknown' && count > 1) return [`${key} was inserted once, and is stored ${count} times`]

    return []
  })
}
