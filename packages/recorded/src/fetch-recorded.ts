import type { Client, Job, Worker } from '@staffa/core'
import { isFinal } from '@staffa/core'
import { expected, isStaffaError, StaffaError, unseal } from '@staffa/core/plugin'
import { decodeResult } from './encoding.ts'
import type { Settings } from './options.ts'
import { type RecordedPlugin, type Recording, settingsKey } from './recorded.ts'
import { storageFailed } from './storage/storage.ts'

/** A worker whose stack has `recorded()`. */
export type RecordedWorker<Result> = Worker<never, Recording, Result>

/**
 * What a job returned: undefined when it has not completed, returned nothing, or is not there (any more).
 *
 * Throws `RESULT_UNREADABLE` for a result that is there and cannot be read.
 */
export async function fetchRecorded<Result>(
  staffa: Client,
  worker: RecordedWorker<Result>,
  job: number | Job,
): Promise<Result | undefined> {
  const current = await currentJob(staffa, worker, job)

  return current && readRecorded(staffa, worker, current)
}

/** A job that has ended is taken as it is; any other may have ended since it was read. */
async function currentJob(staffa: Client, worker: RecordedWorker<unknown>, job: number | Job) {
  const current =
    typeof job === 'object' && isFinal(job.state) ? job : await staffa.jobs.get(typeof job === 'object' ? job.id : job)
  if (current) checkWorker(worker, current)

  return current
}

/** Jobs of other workers hold other types. */
export function checkWorker({ name, options }: RecordedWorker<unknown>, job: Job): void {
  if (job.worker !== name && !options.aliases?.includes(job.worker)) throw expected('job', `one of ${name}`, job.worker)
}

/** Reads what a job holds. */
export async function readRecorded<Result>(
  staffa: Client,
  worker: RecordedWorker<Result>,
  job: Job,
): Promise<Result | undefined> {
  const at = worker.stack.findIndex((plugin) => settingsKey in plugin)
  const settings = (worker.stack[at] as RecordedPlugin | undefined)?.[settingsKey]
  if (!settings) throw expected('worker', 'one that uses recorded()', worker.name)
  const outside = [...staffa.use, ...worker.stack.slice(0, at)]
  const sealed = await storedText(job, settings)
  if (sealed === undefined) return undefined

  try {
    return (await decodeResult(await unseal(outside, sealed, job), settings.codec)) as Result
  } catch (error) {
    const isSecret = outside.some(({ protect }) => protect)
    throw unreadable(job, isSecret && !isStaffaError(error) ? undefined : error)
  }
}

async function storedText(job: Job, { to, storage }: Settings): Promise<string | undefined> {
  const { meta } = job
  const text = Object.hasOwn(meta, to) ? meta[to] : undefined
  if (text === undefined || text === null) return undefined
  if (typeof text !== 'string') throw unreadable(job, new Error(`meta.${to} is no text`))
  if (meta.storage === undefined || meta.storage === null) return text
  if (!storage || meta.storage !== storage.name) {
    throw unreadable(job, expected('the storage of the worker', JSON.stringify(meta.storage), storage?.name))
  }
  const bytes = await storage.get(text).catch((cause) => {
    throw storageFailed(storage.name, cause)
  })

  return bytes && Buffer.from(bytes).toString('utf8')
}

/** Parsers quote what they were given: where results are secret, their errors are not the cause. */
function unreadable({ id, worker }: Job, cause: unknown): StaffaError<'RESULT_UNREADABLE'> {
  const message = `expected the result of job ${id} of ${worker} to be readable`

  return new StaffaError('RESULT_UNREADABLE', message, { data: { id, worker }, cause })
}
