import type { Invariant } from '../history.ts'
import { runsByJob, tolerance } from './runs.ts'

/** No job runs before the time that it was inserted for, whatever the clocks of the nodes say. */
export const due: Invariant = (history) => {
  const firsts = new Map([...runsByJob(history)].map(([job, [first]]) => [job, first?.started ?? 0]))

  return history.changes
    .filter(({ before }) => before === undefined)
    .map(({ job, due = 0 }) => ({ job, early: due - (firsts.get(job) ?? Number.POSITIVE_INFINITY) }))
    .filter(({ early }) => early > tolerance)
    .map(({ job, early }) => `job ${job} ran ${Math.round(early)} ms before its time`)
}
