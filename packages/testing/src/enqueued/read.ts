import type { Client, Clock, Job, JsonObject, ListOptions, Worker } from '@staffa/core'
import { complete } from '@staffa/core'
import { compose, execute, systemClock } from '@staffa/core/internal'
import type { AnyPlugin } from '@staffa/core/plugin'

/** Where jobs are looked for: an instance. One of `testStaffa()` also knows its workers and its clock. */
export interface Inspected {
  readonly jobs: { list(options: ListOptions): Promise<readonly Job[]> }
  readonly use?: Client['use'] | undefined
  readonly workers?: readonly Worker[] | undefined
  readonly clock?: Clock | undefined
}

/** How many jobs are read at once. */
const page = 1_000

/** Reads all jobs that fit, the newest first, with their args as callers gave them. */
export async function readJobs(
  staffa: Inspected,
  { after = 0, ...options }: ListOptions & { readonly after?: number | undefined },
  worker: unknown,
): Promise<readonly Job[]> {
  const found: Job[] = []
  const workers = byName([...(isWorker(worker) ? [worker] : []), ...(staffa.workers ?? [])])
  for (let before: number | undefined, full = true; full; before = found.at(-1)?.id) {
    const jobs = await staffa.jobs.list({ ...options, limit: page, before })
    const fresh = jobs.filter(({ id }) => id > after)
    full = fresh.length === page
    for (const job of fresh) found.push(await readable(job, workers.get(job.worker), staffa))
  }

  return found
}

function byName(workers: readonly Worker[]): ReadonlyMap<string, Worker> {
  const names = workers.flatMap((worker) =>
    [worker.name, ...(worker.options.aliases ?? [])].map((name) => [name, worker] as const),
  )

  return new Map(names.toReversed())
}

function isWorker(value: unknown): value is Worker {
  return typeof value === 'object' && value !== null && 'stack' in value
}

/** Takes the args through those layers alone that keep them secret. What cannot be opened stays as it is stored. */
async function readable(job: Job, worker: Worker | undefined, staffa: Inspected): Promise<Job> {
  const stack = [...((staffa.use ?? []) as readonly AnyPlugin[]), ...(worker?.stack ?? [])]
  const secret = stack.filter(({ protect }) => protect)
  if (!worker || secret.length === 0) return job
  let args: JsonObject | undefined
  const run = compose(secret, async (context) => {
    args = context.args as JsonObject

    return complete()
  })
  const find = () => ({ worker, stack: secret, run })
  const registry = { find, get: find, has: () => true, workers: [worker], names: [] }
  const tools = { registry, client: staffa as never, logger: silent, clock: systemClock, acknowledgeThrough }
  await execute(job, tools).ended

  return args ? Object.freeze({ ...job, args }) : job
}

const ignore = () => {}
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const acknowledgeThrough = async () => {}
