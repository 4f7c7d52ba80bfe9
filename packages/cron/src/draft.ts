import { prepare } from '@staffa/core/internal'
import { type AnyPlugin, workerOf } from '@staffa/core/plugin'
import { type Checked, named } from './entry.ts'
import type { Draft } from './store.ts'
import { type StoredOptions, toStored } from './stored.ts'

/** Takes an entry through the layers of its worker, as a job would be; gives what to store of it, or throws. */
export async function draftOf(entry: Checked, use: readonly AnyPlugin[]): Promise<Omit<Draft, 'synced'>> {
  const { name, expression, worker, paused } = entry
  const opts = await optionsOf(entry, use).catch((error) => {
    throw named(name, error)
  })

  return { name, expression, worker: typeof worker === 'string' ? worker : worker.name, opts, paused }
}

async function optionsOf(entry: Checked, use: readonly AnyPlugin[]): Promise<StoredOptions> {
  const { job, worker, timezone, guaranteed, dst } = entry
  const prepared = await prepare(job, use)
  const foreign = typeof worker === 'string' ? { foreign: true as const } : {}
  const rules = { timezone, guaranteed, dst, ...foreign }
  const layers = [...use, ...(workerOf(job)?.stack ?? [])]
  if (layers.some(({ protect }) => protect)) return { ...rules, args: prepared.args, sealed: prepared }

  return { ...toStored(entry.options), ...rules, args: job.args }
}
