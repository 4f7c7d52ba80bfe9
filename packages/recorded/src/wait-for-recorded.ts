import type { Client, Duration, FinalState, Job } from '@staffa/core'
import { isFinal } from '@staffa/core'
import { StaffaError, toPositiveMilliseconds } from '@staffa/core/plugin'
import { checkWorker, type RecordedWorker, readRecorded } from './fetch-recorded.ts'
import { channel, concerns } from './settled-notice.ts'

export interface WaitOptions {
  /** How long to wait; then it rejects with `TIMEOUT`. Defaults to for ever. */
  readonly timeout?: Duration | undefined
  /** Ends waiting early, with its reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Waits until a job has ended, and gives what it returned.
 *
 * Rejects with `JOB_CANCELLED` or `JOB_DISCARDED` when that is how it ended, and with `JOB_MISSING` when it is not
 * there, or no longer. It is told by a notice; the instance need not be started.
 */
export async function waitForRecorded<Result>(
  staffa: Client,
  worker: RecordedWorker<Result>,
  ...[job, options = {}]: [job: number | Job, options?: WaitOptions]
): Promise<Result | undefined> {
  const id = typeof job === 'object' ? job.id : job
  const ended = await endOf(staffa, id, options)
  checkWorker(worker, ended)
  if (ended.state !== 'completed') throw unfinished(ended, ended.state as FinalState)

  return readRecorded(staffa, worker, ended)
}

/**
 * How often to look without having been told, in milliseconds: for jobs that another program has inserted without asking
 * to be told, and for databases that have no notices.
 */
const patience = 5_000

/** How many looks in a row may fail after the first: a minute of them is no passing trouble. */
const mostFailures = 12

async function endOf(staffa: Client, id: number, { timeout, signal }: WaitOptions): Promise<Job> {
  const limit = timeout === undefined ? undefined : toPositiveMilliseconds(timeout, 'timeout')
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  let failures = 0
  const look = oneAtATime(async () => {
    const job = await staffa.jobs.get(id)
    failures = 0
    if (!job) reject(new StaffaError('JOB_MISSING', `expected a job ${id}, got none`, { data: { id } }))
    else if (isFinal(job.state)) resolve(job)
  })

  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const timer =
    limit === undefined ? undefined : setTimeout(() => reject(late(id, limit)), Math.min(limit, 2 ** 31 - 1))
  const fail = (error: unknown) => {
    failures += 1
    if (failures >= mostFailures) reject(error)
  }
  const lookAgain = () => void look().catch(fail)
  const unlisten = staffa.listen(channel, (notice) => concerns(notice, id) && lookAgain(), lookAgain)
  const looking = setInterval(lookAgain, patience).unref() // a program that has stopped may end
  look().catch(reject)

  return promise.finally(() => {
    unlisten()
    clearInterval(looking)
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  })
}

/** While a look is under way, any number of wishes for another are one. */
function oneAtATime(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let again = false
  const run = async () => {
    while (again) {
      again = false
      await look()
    }
  }

  return () => {
    again = true
    running ??= run().finally(() => {
      running = undefined
    })

    return running
  }
}

function late(id: number, limit: number): StaffaError<'TIMEOUT'> {
  return new StaffaError('TIMEOUT', `expected job ${id} to end within ${limit} ms`, { data: { id } })
}

function unfinished({ id, worker, errors }: Job, state: FinalState): StaffaError {
  const code = state === 'cancelled' ? 'JOB_CANCELLED' : 'JOB_DISCARDED'
  const reason = errors.at(-1)?.error.split('\n', 1)[0]

  return new StaffaError(code, `expected job ${id} of ${worker} to complete, got ${state}`, {
    data: { id, worker, reason },
  })
}
