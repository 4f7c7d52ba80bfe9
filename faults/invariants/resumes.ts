import type { History, Invariant, NodeLife, Run } from '../history.ts'
import { runsByJob } from './runs.ts'

/** Once all is well again, work goes on by itself within the time that was stated. */
export const resumes: Invariant = (history) => {
  const { within } = history.healed
  const took = resumption(history)

  return took <= within ? [] : [`expected work to go on within ${within} ms, got ${Math.round(took)} ms`]
}

/**
 * Milliseconds from the moment at which all was well again to the one from which every node that lives has ended a job,
 * and every job whose attempt was cut off has begun again or was found to have ended.
 */
export function resumption(history: Pick<History, 'nodes' | 'runs' | 'healed'>): number {
  const living = history.nodes.filter(({ ended, started }) => ended === undefined && started <= history.healed.at)
  const moments = [...living.map((node) => firstEnd(node, history)), ...restarts(history)]

  return Math.max(0, ...moments.map((moment) => moment - history.healed.at))
}

function firstEnd({ name }: NodeLife, { runs, healed }: Pick<History, 'runs' | 'healed'>): number {
  const ends = runs.flatMap(({ node, end }) => (node === name && end?.written && end.at > healed.at ? end.at : []))

  return Math.min(Number.POSITIVE_INFINITY, ...ends)
}

/** When those jobs ran again whose attempt ended with its process, without its end being written. */
function restarts(history: Pick<History, 'nodes' | 'runs'>): readonly number[] {
  const dead = new Set(history.nodes.flatMap(({ name, ended }) => (ended === undefined ? [] : name)))
  const died = (run: Run) => dead.has(run.node) && !run.end?.written

  return [...runsByJob(history).values()].flatMap((runs) =>
    runs.slice(1).flatMap(({ started }, index) => (died(runs[index] as Run) ? started : [])),
  )
}
