import type { Change, History, Invariant, Run } from '../history.ts'
import { runsByJob, silences, tolerance } from './runs.ts'

/**
 * A job runs again only when its last attempt asked for that, or when the node that ran it gave no sign of life for
 * longer than its lease.
 */
export const runsOnce: Invariant = (history) =>
  repetitions(history)
    .filter(
      ([last, next]) => !wasSilent(history, claimed(history, last), next.started) && !isStale(history, last, next),
    )
    .map(([last, next]) => {
      const where = `attempt ${last.attempt} on ${last.node}, attempt ${next.attempt} on ${next.node}`

      return `job ${next.job} ran again without a reason: ${where}`
    })

/** The runs that followed on one that had not asked for it: each with the one before. */
export function repetitions(history: History): readonly (readonly [Run, Run])[] {
  return [...runsByJob(history).values()].flatMap((runs) =>
    runs
      .slice(1)
      .map((next, index) => [runs[index] as Run, next] as const)
      .filter(([last]) => !asked(history, last)),
  )
}

/** Failed, snoozed, or given back at a shutdown: the node itself wrote so. */
function asked({ changes }: History, { job, attempt, node, end }: Run): boolean {
  const says = ({ after }: Change) =>
    after === 'retryable' || after === 'scheduled' || (after === 'available' && end?.state === 'available')

  return changes.some(
    (change) => change.job === job && change.attempt === attempt && change.by === node && says(change),
  )
}

/** The run as from the moment at which its node took the job: it may have slept before it began. */
function claimed({ changes }: History, run: Run): Run {
  const isClaim = ({ job, after, by, attempt }: Change) =>
    job === run.job && after === 'executing' && by === run.node && attempt === run.attempt - 1
  const at = changes.findLast((change) => isClaim(change) && change.at <= run.started)?.at

  return { ...run, started: at ?? run.started }
}

/** A node that wakes up begins what it had fetched before it fell asleep, until it learns that this was taken from it. */
function isStale(history: History, last: Run, next: Run): boolean {
  return next.attempt < last.attempt && wasSilent(history, { ...next, started: next.started - 1_000 }, next.started)
}

function wasSilent({ nodes, lease }: History, { node, started }: Run, until: number): boolean {
  const life = nodes.find(({ name }) => name === node)

  return (
    life !== undefined &&
    silences(life).some(({ from, to }) => to >= started && Math.min(to, until) - from > lease - tolerance)
  )
}
