import type { InsertedJob, Job, NewJob } from '../../job/job.ts'
import type { Queryable } from '../database.ts'
import { unlessDeadlocked } from '../deadlock.ts'
import type { InsertJobsOptions } from '../engine.ts'
import { insertRows } from './insert-rows.ts'
import { replaceFields } from './replace-fields.ts'
import type { Tools } from './tools.ts'
import { findTwins, lockFingerprints, lockTwins, twinIn } from './unique.ts'

type InsertJobs = (jobs: readonly NewJob[], options?: InsertJobsOptions) => Promise<readonly InsertedJob[]>

/**
 * Inserts jobs; a unique one only if no equal job is there or earlier in the list. Holds a lock on every fingerprint
 * until the transaction ends, so that of any number of inserters one writes and the others see what it wrote.
 */
export function insertJobs(tools: Tools): InsertJobs {
  const insert = insertRows(tools)
  const lock = lockFingerprints(tools)
  const find = findTwins(tools)
  const hold = lockTwins(tools)
  const replace = replaceFields(tools)

  async function insertUnique(
    jobs: readonly NewJob[],
    on: Queryable,
    notify: boolean,
  ): Promise<readonly InsertedJob[]> {
    await lock(jobs, on)
    const stored = await findAndHold(jobs, on)
    const plan = assign(jobs, stored, tools.clock.now())
    const written = await insert(plan.fresh, { on, notify })
    const results = plan.places.map((place) => (typeof place === 'number' ? written[place] : place) as InsertedJob)
    for (const [index, job] of jobs.entries()) {
      const place = plan.places[index]
      const isFirst = typeof place === 'number' && plan.fresh[place] === job
      if (!isFirst) results[index] = await replace(job, results[index] as InsertedJob, on)
    }

    return results
  }

  /**
   * Whoever may change a stored job is waited for, where fields of it are to be replaced: then it may be in another
   * state, with other fields to replace, or may count no more.
   */
  async function findAndHold(jobs: readonly NewJob[], on: Queryable): Promise<ReadonlyMap<number, Job>> {
    for (const held = new Set<number>(); ; ) {
      const stored = await find(jobs, on)
      const found = [...stored].filter(([place, { state }]) => jobs[place]?.replace?.[state]?.length)
      const loose = found.map(([, { id }]) => id).filter((id) => !held.has(id))
      if (loose.length === 0) return stored
      await hold(loose, on)
      for (const id of loose) held.add(id)
    }
  }

  return async (jobs, options = {}) => {
    const { on, notify = true } = options
    if (jobs.length === 0) return []
    if (!jobs.some((job) => job.fingerprint !== undefined)) return insert(jobs, options)

    if (on) return insertUnique(jobs, on, notify)

    return unlessDeadlocked(() => tools.database.transaction((own) => insertUnique(jobs, own, notify)))
  }
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
