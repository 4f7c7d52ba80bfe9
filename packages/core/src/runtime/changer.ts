import type { Queryable } from '../engine/database.ts'
import type { Changed, Engine } from '../engine/engine.ts'
import type { JobChanges, JobFilter } from '../engine/filter.ts'
import type { Job } from '../job/job.ts'
import { isFinal } from '../job/state.ts'
import { StaffaError } from '../support/errors.ts'
import type { Producers } from './producers.ts'
import { type Settler, settles } from './settler.ts'

export interface ChangerTools {
  readonly engine: Engine
  readonly settler: Settler
  readonly producers: Producers
}

/** Changes jobs on somebody's behalf, with all that follows: what ran is stopped, what ended is settled. */
export interface Changer {
  /** Cancels jobs that have not ended, wherever they run. */
  cancel(filter: JobFilter): Promise<readonly Job[]>
  /** Makes jobs that wait or have ended available at once. */
  retry(filter: JobFilter): Promise<readonly Job[]>
  /** Deletes jobs that do not run. */
  delete(filter: JobFilter): Promise<readonly Job[]>
  /** Changes fields of jobs. */
  update(filter: JobFilter, changes: JobChanges): Promise<readonly Job[]>
}

/** Makes the changer of one instance. */
export function changer(tools: ChangerTools): Changer {
  const { engine, producers } = tools
  const transaction: Engine['transaction'] = (work) => unlessDeadlocked(() => engine.transaction(work))

  async function cancel(filter: JobFilter): Promise<readonly Job[]> {
    const changed = await transaction(async (on) => {
      const cancelled = await engine.cancelJobs(filter, on)
      await settle(jobsOf(cancelled), on, tools)
      const kills = cancelled.filter(({ before }) => before === 'executing')
      await engine.notify('signal', kills.map(toKill), on)

      return cancelled
    })
    for (const { job } of changed) producers.abort(job.id, new StaffaError('CANCELLED', `job ${job.id} was cancelled`))

    return jobsOf(changed)
  }

  async function retry(filter: JobFilter): Promise<readonly Job[]> {
    const jobs = await transaction(async (on) => {
      const retried = jobsOf(await engine.retryJobs(filter, on))
      await engine.notify('insert', [...new Set(retried.map(({ queue }) => queue))].map(toQueue), on)

      return retried
    })
    producers.nudge(new Set(jobs.map(({ queue }) => queue)))

    return jobs
  }

  function remove(filter: JobFilter): Promise<readonly Job[]> {
    return transaction(async (on) => {
      const { deleted, pending } = await engine.deleteJobs(filter, on)
      await settle(pending, on, tools)

      return [...deleted, ...pending]
    })
  }

  const update: Changer['update'] = (filter, changes) => unlessDeadlocked(() => engine.updateJobs(filter, changes))

  return { cancel, retry, delete: remove, update }
}

/** How often a change is tried that the database ends. */
const tries = 5

/**
 * Repeats what the database ended without a trace because others had locked the same rows in another order. Ends of jobs
 * are written in the order in which they came, and strangers lock as they like.
 */
async function unlessDeadlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let triesLeft = tries - 1; ; triesLeft -= 1) {
    try {
      return await work()
    } catch (error) {
      if (triesLeft === 0 || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '40P01'
}

/** Settles what this instance knows how to settle, and tells the others of the rest. */
async function settle(jobs: readonly Job[], on: Queryable, { engine, settler }: ChangerTools): Promise<void> {
  const ended = jobs.filter((job) => settles(job) && isFinal(job.state))
  if (ended.length === 0) return
  await settler.settle(ended, on)
  await engine.notify('staffa', [{ action: 'settle' }], on)
}

function jobsOf(changed: readonly Changed[]): readonly Job[] {
  return changed.map(({ job }) => job)
}

function toKill({ job }: Changed): object {
  return { action: 'pkill', job_id: job.id }
}

function toQueue(queue: string): object {
  return { queue }
}
