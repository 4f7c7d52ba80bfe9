import type { Queryable } from '../engine/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { InsertedJob, NewJob } from '../job/job.ts'
import type { NewJobs } from '../layers/client.ts'
import type { AnyPlugin } from '../layers/plugin.ts'
import { prepare } from '../layers/prepare.ts'
import { expected } from '../support/errors.ts'

/** How many jobs share one statement. */
const batchSize = 1_000

export interface InsertAllTools {
  readonly engine: Engine
  readonly use: readonly AnyPlugin[]
  /** The caller's transaction, if there is one. */
  readonly on: Queryable | undefined
}

/** Inserts jobs in batches. Every job of a list is checked before the first is written. */
export async function insertInBatches(jobs: NewJobs, tools: InsertAllTools): Promise<readonly InsertedJob[]> {
  if (isIterable(jobs)) return insertList(await Promise.all([...jobs].map((job) => prepare(job, tools.use))), tools)
  if (!isAsyncIterable(jobs)) throw expected('jobs', 'a list, an iterable or an async iterable', typeof jobs)

  const inserted: InsertedJob[] = []
  for await (const batch of batchesOf(jobs)) inserted.push(...(await insertInBatches(batch, tools)))

  return inserted
}

async function insertList(jobs: readonly NewJob[], { engine, on }: InsertAllTools): Promise<readonly InsertedJob[]> {
  if (jobs.length === 0) return []
  if (jobs.length <= batchSize) return engine.insertJobs(jobs, { on })
  const insertEach = async (transaction: Queryable) => {
    const inserted: InsertedJob[] = []
    for (let start = 0; start < jobs.length; start += batchSize) {
      inserted.push(...(await engine.insertJobs(jobs.slice(start, start + batchSize), { on: transaction })))
    }

    return inserted
  }

  return on ? insertEach(on) : engine.transaction(insertEach)
}

/** Calls back for each job, one after another. */
export async function runEach(
  jobs: NewJobs,
  each: (job: NewJob) => Promise<InsertedJob>,
): Promise<readonly InsertedJob[]> {
  const results: InsertedJob[] = []
  for await (const job of jobs) results.push(await each(job))

  return results
}

async function* batchesOf(jobs: AsyncIterable<NewJob>): AsyncGenerator<readonly NewJob[]> {
  let batch: NewJob[] = []
  for await (const job of jobs) {
    batch.push(job)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function isIterable(value: object): value is Iterable<NewJob> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function isAsyncIterable(value: object): value is AsyncIterable<NewJob> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
