import type { Change, History, Invariant, Run } from '../history.ts'

/** Whoever lost a job to another does not end it: neither in the table, nor in its own belief. */
export const zombies: Invariant = (history) => [...strangers(history), ...believers(history)]

/** Others may take a job back, discard it when no attempts are left, and cancel it. They do not end its attempt. */
function strangers({ changes }: History): readonly string[] {
  return changes
    .filter(({ before, by, claimant }) => before === 'executing' && by !== claimant)
    .filter(({ after }) => after === 'completed' || after === 'retryable' || after === 'scheduled')
    .map(({ job, by, claimant, after }) => `${by} made job ${job} ${after}, which ${claimant} was executing`)
}

function believers({ runs, changes }: History): readonly string[] {
  const taken = Map.groupBy(changes.filter(isTaken), ({ job }) => job)
  const isLost = (run: Run) => taken.get(run.job)?.some((change) => lost(run, change))

  return runs
    .filter((run) => run.end?.written && isLost(run))
    .map(({ job, node, attempt }) => `${node} ended job ${job}, whose attempt ${attempt} had been taken from it`)
}

function isTaken({ before, by, claimant }: Change): boolean {
  return before === 'executing' && by !== claimant
}

function lost(run: Run, { attempt, claimant, at }: Change): boolean {
  return attempt === run.attempt && claimant === run.node && run.started < at && at < (run.end?.at ?? 0)
}
