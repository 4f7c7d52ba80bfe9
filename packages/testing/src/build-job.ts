import {
  type Clock,
  type Job,
  type JobError,
  type JobOptions,
  type NewJob,
  StaffaError,
  type Worker,
} from '@staffa/core'
import { materialize, prepare, systemClock } from '@staffa/core/internal'
import { type AnyPlugin, expected, workerOf } from '@staffa/core/plugin'

/** What a built job is like: the options of `worker.new`, and what only a job that runs has. */
export interface BuildOptions extends JobOptions {
  /** Defaults to a number that no other built job has. */
  readonly id?: number | undefined
  /** Which attempt this is. Defaults to the first. */
  readonly attempt?: number | undefined
  /** What went wrong in earlier attempts. Defaults to nothing. */
  readonly errors?: readonly JobError[] | undefined
  /** Defaults to now. */
  readonly insertedAt?: Date | undefined
  /** Defaults to now. */
  readonly attemptedAt?: Date | undefined
  /** The instance's layers, outside of the worker's own. Defaults to none. */
  readonly use?: readonly AnyPlugin[] | undefined
  /** Where the time comes from. Defaults to the machine's clock. */
  readonly clock?: Clock | undefined
}

let lastId = 0

/**
 * Builds a job as if it had been inserted and fetched: checked by the worker and its layers, args and meta through
 * JSON, in its first attempt. There is no database. Throws what `worker.new` or a layer throws.
 */
export async function buildJob<Input>(worker: Worker<Input>, args: Input, options?: BuildOptions): Promise<Job>
/** Builds the job that a described one becomes. Of the options, those of `worker.new` have no place here. */
export async function buildJob(job: NewJob, options?: RunningOptions): Promise<Job>
export async function buildJob(first: Worker | NewJob, ...rest: readonly unknown[]): Promise<Job> {
  const { job, options } = describeJob(first, rest)

  return build(job, options)
}

/** What only a job that runs has. */
export type RunningOptions = Omit<BuildOptions, keyof JobOptions>

const runningNames: readonly string[] = ['id', 'attempt', 'errors', 'insertedAt', 'attemptedAt', 'use', 'clock']

export interface Described<Options> {
  readonly job: NewJob
  readonly worker: Worker
  readonly options: Options
}

/** Sorts out what was given: a worker with args and options, or a job that a worker has described. */
export function describeJob<Options extends BuildOptions>(
  first: Worker | NewJob,
  rest: readonly unknown[],
  others: readonly string[] = [],
): Described<Options> {
  if (isWorker(first)) {
    const [args, options = {}] = rest as [unknown, Options?]
    const names = [...runningNames, ...others]
    const call = Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))

    return { job: first.new(args, call), worker: first, options: options as Options }
  }
  const worker = workerOf(first)
  if (!worker) throw expected('a job', 'made by a worker: sendEmail.new(…)', first)

  return { job: first, worker, options: (rest[0] ?? {}) as Options }
}

/** Takes a described job through its layers, and makes of it what a fetch would bring. */
export async function build(job: NewJob, options: BuildOptions): Promise<Job> {
  const { id, attempt = 1, errors = [], use = [], clock = systemClock } = options
  const prepared = await prepare(job, use)
  if (!Number.isSafeInteger(attempt) || attempt < 1 || attempt > job.maxAttempts) {
    throw expected('attempt', `an integer from 1 to ${job.maxAttempts}`, attempt)
  }
  lastId += 1
  const now = clock.now()
  const fetched = materialize(prepared, { node: 'test', now, id: id ?? lastId })
  if (fetched.state !== 'executing') {
    throw new StaffaError('INVALID_OPTION', `expected a job that runs, got one that begins ${fetched.state}`)
  }

  return Object.freeze({
    ...fetched,
    attempt,
    errors,
    insertedAt: options.insertedAt ?? now,
    attemptedAt: options.attemptedAt ?? now,
    scheduledAt: job.scheduledAt ?? new Date(now.getTime() + (job.delay ?? 0)),
  })
}

function isWorker(value: Worker | NewJob): value is Worker {
  return 'new' in value && typeof value.new === 'function'
}
