import type { InsertedJob, Job, NewJob } from '../../job/job.ts'
import type { Queryable } from '../database.ts'
import type { InsertJobsOptions } from '../engine.ts'
import { insertRows } from './insert-rows.ts'
import { replaceFields } from './replace-fields.ts'
import type { Tools } from './tools.ts'
import { findTwins, lockFingerprints, twinIn } from './unique.ts'

type InsertJobs = (jobs: readonly NewJob[], options?: InsertJobsOptions) => Promise<readonly InsertedJob[]>

/**
 * Inserts jobs; a unique one only if no equal job is there or earlier in the list. Holds a lock on every fingerprint
 * until the transaction ends, so that of any number of inserters one writes and the others see what it wrote.
 */
export function insertJobs(tools: Tools): InsertJobs {
  const insert = insertRows(tools)
  const lock = lockFingerprints(tools)
  const find = findTwins(tools)
  const replace = replaceFields(tools)

  async function insertUnique(
    jobs: readonly NewJob[],
    on: Queryable,
    notify: boolean,
  ): Promise<readonly InsertedJob[]> {
    await lock(jobs, on)
    const stored = await find(jobs, on)
    const plan = assign(jobs, stored, tools.clock.now())
    const written = await insert(plan.fresh, { on, notify })
    const results = plan.places.map((place) => (typeof place === 'number' ? written[place] : place) as InsertedJob)
    for (const [index, job] of inOrder(jobs, results)) {
      const place = plan.places[index]
      const isFirst = typeof place === 'number' && plan.fresh[place] === job
      if (!isFirst) results[index] = await replace(job, results[index] as InsertedJob, on)
    }

    return results
  }

  return async (jobs, options = {}) => {
    const { on, notify = true } = options
    if (jobs.length === 0) return []
    if (!jobs.some((job) => job.fingerprint !== undefined)) return insert(jobs, options)

    return on ? insertUnique(jobs, on, notify) : tools.database.transaction((own) => insertUnique(jobs, own, notify))
  }
}

/** By the ids of the rows that the jobs stand for: whoever else locks several rows takes them in that order. */
function inOrder(jobs: readonly NewJob[], rows: readonly Job[]): readonly (readonly [index: number, job: NewJob])[] {
  return [...jobs.entries()].sort(([a], [b]) => (rows[a]?.id ?? 0) - (rows[b]?.id ?? 0))
}

interface Plan {
  /** The jobs to write. */
  readonly fresh: readonly NewJob[]
  /** For each job of the list: the stored job that it equals, or its place among the fresh ones. */
  readonly places: readonly (Job | number)[]
}

/** Decides which jobs are new, given those that the table holds already. */
function assign(jobs: readonly NewJob[], stored: ReadonlyMap<number, Job>, present: Date): Plan {
  const fresh: NewJob[] = []
  const places = jobs.map((job, index) => {
    const twin = stored.get(index) ?? twinIn(fresh, job, present)
    if (twin !== undefined) return twin

    return fresh.push(job) - 1
  })

  return { fresh, places }
}
