import type { Fault, Invariant, NodeLife, Span } from '../history.ts'
import { overlaps, silences } from './runs.ts'

/** A node that nothing is wrong with gives signs of life within its lease. */
export const beats: Invariant = ({ nodes, faults, lease }) =>
  nodes.flatMap((node) =>
    silences(node)
      .filter(({ from, to }) => Number.isFinite(to) && to - from > lease)
      .filter((silence) => !isExplained(silence, node, faults))
      .map(({ from, to }) => `${node.name} was silent for ${Math.round(to - from)} ms for no reason`),
  )

/** Something was broken, the process got no time from the machine, or the database took long to answer. */
function isExplained(silence: Span, { name, stalls, beats }: NodeLife, faults: readonly Fault[]): boolean {
  const slow = beats.filter(({ from, to }) => to - from > 500)
  const known = [...faults.filter(({ nodes }) => nodes.includes(name)), ...stalls, ...slow]

  return known.some((span) => overlaps(span, silence))
}
