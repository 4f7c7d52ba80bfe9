import type { Change, Invariant } from '../history.ts'

const incomplete: readonly (string | undefined)[] = ['suspended', 'scheduled', 'available', 'executing', 'retryable']

/** At no instant are two equal jobs of a unique worker incomplete. */
export const unique: Invariant = ({ changes }) => {
  const equal = Map.groupBy(
    changes.filter(({ fingerprint }) => fingerprint !== undefined),
    ({ fingerprint }) => fingerprint,
  )

  return [...equal].flatMap(([fingerprint, list]) => twins(list).map((ids) => `jobs ${ids} are equal: ${fingerprint}`))
}

/** The changes are in the order in which they were made. */
function twins(changes: readonly Change[]): readonly string[] {
  const open = new Set<number>()

  return changes.flatMap(({ job, after }) => {
    const opens = incomplete.includes(after) && !open.has(job)
    if (incomplete.includes(after)) open.add(job)
    else open.delete(job)

    return opens && open.size > 1 ? [[...open].join(' and ')] : []
  })
}
