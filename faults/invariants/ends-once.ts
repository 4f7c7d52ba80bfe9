import type { Change, History, Invariant, Violation } from '../history.ts'

const final: readonly (string | undefined)[] = ['completed', 'cancelled', 'discarded']

/** Every insert that was acknowledged is one row, which ends in exactly one final state. So does every other row. */
export const endsOnce: Invariant = (history) => {
  const ends = Map.groupBy(history.changes.filter(isEnd), ({ job }) => job)
  const unended = history.rows
    .filter(({ state }) => !final.includes(state))
    .map(({ id, state, worker }) => `job ${id} of ${worker} is still ${state}`)
  const endless = history.rows.flatMap(({ id }) => {
    const states = (ends.get(id) ?? []).map(({ after }) => after)

    return states.length === 1 ? [] : [`expected job ${id} to end once, got ${states.join(', ') || 'no end'}`]
  })

  return [...lost(history), ...unended, ...endless]
}

function isEnd({ before, after }: Change): boolean {
  return final.includes(after) && before !== after
}

function lost({ inserts, rows }: History): readonly Violation[] {
  const byKey = Map.groupBy(rows, ({ key }) => key)
  const ids = new Set(rows.map(({ id }) => id))

  return inserts
    .filter(({ outcome }) => outcome === 'acknowledged')
    .flatMap(({ key, id, conflict }) => {
      const stored = byKey.get(key) ?? []
      if (conflict) return id !== undefined && ids.has(id) ? [] : [`job ${id} is gone, which stood for ${key}`]
      if (stored.length === 1 && stored[0]?.id === id) return []

      return [`expected ${key} to be stored as job ${id}, got ${stored.map((row) => row.id).join(', ') || 'nothing'}`]
    })
}
