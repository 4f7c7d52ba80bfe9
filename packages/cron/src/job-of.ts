import type { Worker } from '@staffa/core'
import { prepare } from '@staffa/core/internal'
import { type AnyPlugin, type JsonObject, type NewJob, StaffaError } from '@staffa/core/plugin'
import { describe } from './entry.ts'
import type { Due } from './store.ts'
import { type Row, toOptions } from './stored.ts'

/** What jobs are made with. */
export interface Making {
  readonly use: readonly AnyPlugin[]
  /** The worker of that name, where this program knows it. */
  readonly workerCalled: (name: string) => Worker | undefined
}

/** Makes the job for a slot, ready to be inserted. */
export async function jobOf({ row, minute }: Due, { use, workerCalled }: Making): Promise<NewJob> {
  const { sealed, foreign, args } = row.opts
  const own = cronMeta({ row, minute })
  if (sealed) return prepare({ ...sealed, meta: { ...sealed.meta, ...own } }, []) // it may be a stranger's: it is checked
  const worker = workerCalled(row.worker) ?? (foreign ? row.worker : undefined)
  if (worker === undefined) throw unknownWorker(row)
  const options = toOptions(row.opts)

  return prepare(describe(worker, args, { ...options, meta: { ...options.meta, ...own } }), use)
}

/** By these keys, Oban Web finds the jobs of an entry. */
function cronMeta({ row, minute }: Due): JsonObject {
  const at = new Date(minute * 60_000).toISOString().replace('.000Z', 'Z')

  return { cron: true, cron_expr: row.expression, cron_name: row.name, cron_tz: row.opts.timezone, cron_at: at }
}

/** The error for an entry whose worker this program does not know. */
export function unknownWorker({ name, worker }: Row): StaffaError<'UNKNOWN_WORKER'> {
  const message = `expected the worker ${worker} of the cron entry ${JSON.stringify(name)} to be known to this node`

  return new StaffaError('UNKNOWN_WORKER', message, { data: { name, worker } })
}
