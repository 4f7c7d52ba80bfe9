import type { Job, JsonObject, Next, Outcome, Worker } from '@staffa/core'

/** A layer of the example's own: keeps what a job returned in the job's meta. */
export async function keepResult(_context: object, next: Next): Promise<Outcome<{}>> {
  const outcome = await next()
  if (outcome.kind !== 'completed') return outcome

  return { ...outcome, meta: { ...outcome.meta, result: outcome.value as JsonObject } }
}

/** What a worker's completed job returned. */
export function resultOf<Result>(worker: Worker<never, object, Result>, job: Job | undefined): Result | undefined {
  return job?.worker === worker.name ? (job.meta.result as Result | undefined) : undefined
}
