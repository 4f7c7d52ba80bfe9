import type { Job, JobState, Worker } from '@staffa/core/plugin'
import { parseEnvelope } from './envelope.ts'

export interface KeysInUseOptions {
  /** Look only at jobs in these states. Defaults to all: ended jobs can be retried, and may have recorded results. */
  readonly state?: JobState | readonly JobState[] | undefined
}

interface Page extends KeysInUseOptions {
  readonly worker: readonly string[]
  readonly limit: number
  readonly before?: number | undefined
}

/** An instance, as far as reading jobs goes. */
export interface Listing {
  readonly jobs: { list(page: Page): Promise<readonly Job[]> }
}

const pageSize = 1000

/**
 * Counts the jobs of a worker by the ids of the keys that they need: a key that is not among them can be thrown away.
 *
 * Reads every job of the worker, a thousand at a time, and needs no key itself.
 */
export async function keysInUse(
  staffa: Listing,
  { name, options: { aliases = [] } }: Worker,
  { state }: KeysInUseOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (let before: number | undefined, full = true; full; ) {
    const jobs = await staffa.jobs.list({ worker: [name, ...aliases], limit: pageSize, state, before })
    for (const id of jobs.flatMap(keyIdsOf)) counts.set(id, (counts.get(id) ?? 0) + 1)
    before = jobs.at(-1)?.id
    full = jobs.length === pageSize
  }

  return counts
}

/** The key of the args, and those of whatever inner layers have put into meta. */
function keyIdsOf({ args, meta }: Job): readonly string[] {
  const ids = [args.data, ...Object.values(meta)].map((value) => parseEnvelope(value)?.keyId)

  return [...new Set(ids)].filter((id) => id !== undefined)
}
