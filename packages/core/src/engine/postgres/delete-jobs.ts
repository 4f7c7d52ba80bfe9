import type { Job } from '../../job/job.ts'
import type { Queryable } from '../database.ts'
import type { Deleted } from '../engine.ts'
import type { JobFilter } from '../filter.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { statement } from '../names.ts'
import { where } from './list-jobs.ts'
import { instant, now, run, type Tools } from './tools.ts'

/**
 * Deletes every job that fits and does not run. Those that have something to settle are cancelled and marked
 * instead: whoever settles them deletes them. Locks those rows.
 */
export function deleteJobs(tools: Tools) {
  const { jobs } = tools.names

  return async (filter: JobFilter, on: Queryable): Promise<Deleted> => {
    const { conditions, values } = where(filter)
    const fits = ['true', ...conditions, `(job.state <> 'executing') IS TRUE`].join(' AND ')
    const pends = `coalesce(job.meta ->> 'settles' = 'true', false)`
    const marking = `
      UPDATE ${jobs} AS job SET
        state = CASE WHEN job.state IN ('completed', 'discarded') THEN job.state ELSE 'cancelled' END,
        cancelled_at = ${now(values.length + 1)},
        meta = job.meta || '{"ended_by": "delete"}'
      WHERE ${fits} AND ${pends}
      RETURNING ${jobColumns('job')}`
    const deleting = `DELETE FROM ${jobs} AS job WHERE ${fits} AND NOT ${pends} RETURNING ${jobColumns('job')}`
    const pending = await run(tools, statement('delete_mark', marking), { values: [...values, instant(tools)], on })
    const deleted = await run(tools, statement('delete', deleting), { values, on })

    return { deleted: deleted.map(toJob), pending: pending.map(toJob) }
  }
}

/** Deletes jobs that were marked and have now been settled. */
export function eraseJobs(tools: Tools) {
  const erase = statement('erase', `DELETE FROM ${tools.names.jobs} WHERE id = ANY ($1::text::bigint[])`)

  return async (erased: readonly Job[], on: Queryable): Promise<void> => {
    if (erased.length > 0) await run(tools, erase, { values: [`{${erased.map(({ id }) => id).join(',')}}`], on })
  }
}
