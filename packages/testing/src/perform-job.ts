import {
  type Client,
  isStaffaError,
  type JobOptions,
  jsonLogger,
  type Logger,
  type NewJob,
  type Outcome,
  StaffaError,
  type Worker,
} from '@staffa/core'
import { execute, registry, report, systemClock, telemetry } from '@staffa/core/internal'
import type { AnyPlugin } from '@staffa/core/plugin'
import { type BuildOptions, build, describeJob } from './build-job.ts'

/** How to perform a job: everything that `buildJob` takes, and what surrounds the attempt. */
export interface PerformOptions extends BuildOptions {
  /**
   * The instance that the job finds in its context, with the instance's layers around it. Defaults to one that has no
   * database, so that a job which inserts jobs fails with `NO_DATABASE`.
   */
  readonly staffa?: Client | undefined
  /** Aborts the attempt, as if the job were cancelled, or for the reason of the signal if that is a `StaffaError`. */
  readonly signal?: AbortSignal | undefined
  /** Where the job's lines go. Defaults to JSON on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
}

/** How a performed job ended: completed with a result, or any other outcome. */
export type Performed<Result = unknown> =
  | (Extract<Outcome, { readonly kind: 'completed' }> & { readonly value: Result })
  | Exclude<Outcome, { readonly kind: 'completed' }>

/**
 * Runs a job once, without a database, as production would: through JSON and every layer, within its timeout. Gives the
 * outcome; throws what the job throws.
 */
export async function performJob<Input, Result>(
  worker: Worker<Input, object, Result>,
  args: Input,
  options?: PerformOptions,
): Promise<Performed<Result>>
/** Runs the job that a described one becomes. Of the options, those of `worker.new` have no place here. */
export async function performJob<Result>(
  job: NewJob<Result>,
  options?: Omit<PerformOptions, keyof JobOptions>,
): Promise<Performed<Result>>
export async function performJob(first: Worker | NewJob, ...rest: readonly unknown[]): Promise<Outcome> {
  const { job, worker, options } = describeJob<PerformOptions>(first, rest, ['staffa', 'signal', 'logger'])
  const { staffa = noDatabase, logger = jsonLogger(), clock = systemClock, signal } = options
  const use = options.use ?? (staffa.use as readonly AnyPlugin[])
  const built = await build(job, { ...options, use })
  const known = registry([worker], use)
  const events = telemetry({ instance: staffa.name, node: staffa.node })

  events.emit('job.start', { job: built })
  const attempt = execute(built, { registry: known, client: staffa, logger, clock, acknowledgeThrough: async () => {} })
  const abort = () => attempt.abort(reasonOf(signal))
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  const executed = await attempt.ended
  signal?.removeEventListener('abort', abort)
  report(events, executed, true)
  if (executed.ended.kind === 'raised') throw executed.ended.error

  return executed.ended
}

function reasonOf(signal: AbortSignal | undefined): StaffaError {
  const reason: unknown = signal?.reason

  return isStaffaError(reason) ? reason : new StaffaError('CANCELLED', 'the test has cancelled the job')
}

async function refuse(): Promise<never> {
  throw new StaffaError(
    'NO_DATABASE',
    'expected a database, got a job that is performed without one: give performJob() the option staffa',
  )
}

/** What a job finds as its instance when the test gives none. */
const noDatabase: Client = Object.freeze({
  name: 'Oban',
  node: 'test',
  use: [],
  insert: refuse,
  insertAll: refuse,
  notify: refuse,
  listen: () => () => {},
  jobs: { get: refuse },
})
