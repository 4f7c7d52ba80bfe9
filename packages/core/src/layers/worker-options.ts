import type { Job } from '../job/job.ts'
import type { Backoff } from '../lifecycle/acknowledge.ts'
import { type JobOptions, jobOptionNames } from '../lifecycle/options.ts'
import { checkName, validateJobOptions } from '../lifecycle/validate.ts'
import type { Duration } from '../support/duration.ts'
import { expected, rejectUnknown } from '../support/errors.ts'

/** What a worker says of itself and, by default, of its jobs. */
export interface WorkerOptions extends Omit<JobOptions, 'scheduleIn' | 'scheduledAt' | 'timeout'> {
  /** The name in the database, up to 127 characters: nodes find the worker by it. */
  readonly name: string
  /** How long one attempt may take, or a function that tells for a job. Defaults to no limit. */
  readonly timeout?: Duration | ((job: Job) => Duration) | undefined
  /** How long to wait after an error. Defaults to about `15 + 2^attempt` seconds. */
  readonly backoff?: Backoff | undefined
  /** Other names under which jobs of this worker may be stored. */
  readonly aliases?: readonly string[] | undefined
}

const own: readonly string[] = ['name', 'timeout', 'backoff', 'aliases']
const known: readonly string[] = [
  ...own,
  ...jobOptionNames.filter((name) => !['scheduleIn', 'scheduledAt', 'timeout'].includes(name)),
]

/** Checks a worker's options, and freezes them. */
export function resolveWorkerOptions(options: WorkerOptions): WorkerOptions {
  if (typeof options !== 'object' || options === null) throw expected('worker options', 'an object', options)
  rejectUnknown(typeof options.name === 'string' ? `worker ${options.name}` : 'worker options', options, known)
  checkName(options.name, 'worker name')
  const { timeout, backoff, aliases } = options

  validateJobOptions(jobDefaults(options), `worker ${options.name}`)
  if (typeof timeout !== 'function') validateJobOptions({ timeout }, `worker ${options.name}`)
  if (backoff !== undefined && typeof backoff !== 'function') throw expected('backoff', 'a function', backoff)
  if (aliases !== undefined && !Array.isArray(aliases)) throw expected('aliases', 'a list of names', aliases)
  for (const alias of aliases ?? []) checkName(alias, 'an alias')

  return Object.freeze({ ...options })
}

/** The part of a worker's options that every job of it begins with. */
export function jobDefaults(options: WorkerOptions): JobOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.includes(name)))
}
