import {
  type Drained,
  type InsertedJob,
  type Job,
  type JobState,
  type NewJob,
  type Staffa,
  StaffaError,
} from '@staffa/core'

export interface DrainQueueOptions {
  /** The queue, or several. Defaults to every queue with jobs that wait. */
  readonly queue?: string | readonly string[] | undefined
  /** Whether to go on until nothing is left, also of what the jobs themselves insert. Defaults to true. */
  readonly recursion?: boolean | undefined
  /** Whether to run scheduled and retryable jobs before their time: all, or those due by an instant. Defaults to true. */
  readonly scheduled?: boolean | Date | undefined
  /** Whether what jobs throw stays inside; otherwise the first error is thrown, after its job was acknowledged. Defaults to false. */
  readonly safety?: boolean | undefined
  /** How many attempts are too many: jobs that snooze or insert each other for ever end there. Defaults to 10,000. */
  readonly limit?: number | undefined
}

/**
 * Runs what queues hold, one job after the other, and tells how the attempts ended.
 *
 * It is `staffa.drain` as tests want it: every queue, whatever the schedule, until nothing is left, and what a job
 * throws fails the test.
 */
export async function drainQueue(staffa: Staffa, options: DrainQueueOptions = {}): Promise<Drained> {
  const { queue, recursion = true, scheduled = true, safety = false, limit = 10_000 } = options
  const counts = { completed: 0, snoozed: 0, cancelled: 0, discarded: 0, failed: 0 }
  const total = () => Object.values(counts).reduce((sum, count) => sum + count, 0)

  for (let before = -1; before < total(); ) {
    before = total()
    for (const name of await queuesOf(staffa, queue)) {
      const left = Math.max(1, limit - total())
      add(counts, await staffa.drain({ queue: name, limit: left, scheduled, safety }))
    }
    if (!recursion) break
    if (total() >= limit) throw endless(limit)
  }

  return Object.freeze(counts)
}

export interface Ran extends Drained {
  /** The jobs that were inserted first, as they are now. */
  readonly jobs: readonly Job[]
}

/** Inserts jobs, then drains every queue, or those that are given. */
export async function runJobs(staffa: Staffa, jobs: readonly NewJob[], options: DrainQueueOptions = {}): Promise<Ran> {
  const inserted = await staffa.insertAll(jobs)
  const counts = await drainQueue(staffa, options)
  const after = await Promise.all(inserted.map(async (job) => (await staffa.jobs.get(job.id)) ?? asJob(job)))

  return Object.freeze({ ...counts, jobs: after })
}

const waiting: readonly JobState[] = ['available', 'scheduled', 'retryable']

async function queuesOf(staffa: Staffa, queue: DrainQueueOptions['queue']): Promise<readonly string[]> {
  if (typeof queue === 'string') return [queue]
  if (queue) return queue
  const jobs = await staffa.jobs.list({ state: waiting, limit: 10_000 })

  return [...new Set(jobs.map((job) => job.queue))].sort()
}

function add(counts: { -readonly [Kind in keyof Drained]: number }, drained: Drained): void {
  for (const kind of Object.keys(counts) as (keyof Drained)[]) counts[kind] += drained[kind]
}

function endless(limit: number): StaffaError<'DRAIN_ENDLESS'> {
  return new StaffaError(
    'DRAIN_ENDLESS',
    `expected to drain all jobs in less than ${limit} attempts, got no end of it`,
    {
      data: { limit },
    },
  )
}

/** A job that was deleted on the way. */
function asJob({ conflict: _, ...job }: InsertedJob): Job {
  return job
}
