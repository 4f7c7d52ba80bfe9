import { AssertionError } from 'node:assert'
import type { Job } from '@staffa/core'
import { explainNone, explainSome } from './explain.ts'
import type { AnyEnqueued, Enqueued } from './filter.ts'
import { type Look, look, lookOnce, type Within } from './look.ts'
import type { Inspected } from './read.ts'

/** A job that was found: its args are as its worker's `new` took them. */
export type EnqueuedJob<Input = unknown> = Omit<Job, 'args'> & { readonly args: Input }

/** Gives the enqueued jobs that fit, the newest first. Without a filter, all of them. */
export async function allEnqueued<Input>(
  staffa: Inspected,
  filter: Enqueued<Input> = {},
): Promise<readonly EnqueuedJob<Input>[]> {
  const { fits } = await look(staffa, filter)

  return fits as readonly Job[] as readonly EnqueuedJob<Input>[]
}

/** Throws unless a job that fits is enqueued, or is within a time. Gives that job, the newest if there are several. */
export async function assertEnqueued<Input>(
  staffa: Inspected,
  filter: Enqueued<Input>,
  options: Within = {},
): Promise<EnqueuedJob<Input>> {
  const found = await look(staffa, filter, options)

  return newest(found, assertEnqueued) as unknown as EnqueuedJob<Input>
}

/** Throws if a job that fits is enqueued, or becomes so within a time. */
export async function refuteEnqueued<Input>(
  staffa: Inspected,
  filter: Enqueued<Input>,
  options: Within = {},
): Promise<void> {
  none(await look(staffa, filter, options), refuteEnqueued)
}

/** Throws unless the function has inserted a job that fits, whatever has become of that since. Gives its result. */
export async function assertEnqueue<Input, Result>(
  staffa: Inspected,
  filter: Enqueued<Input>,
  run: () => Result,
): Promise<Awaited<Result>> {
  const { result, found } = await lookAround(staffa, filter, run)
  newest(found, assertEnqueue)

  return result
}

/** Throws if the function has inserted a job that fits. Gives its result. */
export async function refuteEnqueue<Input, Result>(
  staffa: Inspected,
  filter: Enqueued<Input>,
  run: () => Result,
): Promise<Awaited<Result>> {
  const { result, found } = await lookAround(staffa, filter, run)
  none(found, refuteEnqueue)

  return result
}

async function lookAround<Result>(staffa: Inspected, filter: AnyEnqueued, run: () => Result) {
  const [last] = await staffa.jobs.list({ limit: 1 })
  const result = await run()

  return { result, found: await lookOnce(staffa, filter, last?.id ?? 0) }
}

type Operator = typeof assertEnqueued | typeof refuteEnqueued | typeof assertEnqueue | typeof refuteEnqueue

function newest({ filter, fits, all }: Look, operator: Operator): Job {
  const [job] = fits
  if (job) return job

  throw failure(explainNone(filter, all, placeOf(operator)), operator)
}

function none({ filter, fits }: Look, operator: Operator): void {
  if (fits.length > 0) throw failure(explainSome(filter, fits, placeOf(operator)), operator)
}

function placeOf(operator: Operator): string {
  return operator === assertEnqueue || operator === refuteEnqueue ? 'enqueued by the function' : 'enqueued'
}

function failure(message: string, operator: Operator): AssertionError {
  return new AssertionError({ message, operator: operator.name, stackStartFn: operator })
}
