import type { Engine } from '../engine/engine.ts'
import type { InsertedJob, NewJob } from '../job/job.ts'
import { batcher } from '../support/batcher.ts'
import { isBadData } from './acker.ts'

/** Inserts single jobs: those that come while a statement is under way share the next one. */
export interface Inserter {
  insert(job: NewJob): Promise<InsertedJob>
}

type Settled = PromiseSettledResult<InsertedJob>

/** Makes an inserter. Each job keeps its own result and its own error. */
export function inserter(engine: Engine): Inserter {
  const { add } = batcher<NewJob, InsertedJob>({ limit: 500, flush: (jobs) => insertAll(jobs, engine) })

  return { insert: add }
}

/** When a row is refused the statement wrote nothing, so that each job can be tried alone. */
async function insertAll(jobs: readonly NewJob[], engine: Engine): Promise<readonly Settled[]> {
  try {
    const inserted = await engine.insertJobs(jobs)

    return inserted.map((value) => ({ status: 'fulfilled', value }))
  } catch (error) {
    if (jobs.length === 1 || !isBadData(error)) throw error
    const results: Settled[] = []
    for (const job of jobs) results.push(...(await Promise.allSettled([insertOne(job, engine)])))

    return results
  }
}

async function insertOne(job: NewJob, engine: Engine): Promise<InsertedJob> {
  const [inserted] = await engine.insertJobs([job])

  return inserted as InsertedJob
}
