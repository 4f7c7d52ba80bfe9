import type { Queryable } from '../database.ts'
import type { Changed } from '../engine.ts'
import type { JobFilter } from '../filter.ts'
import { jobColumns } from '../job-row.ts'
import { statement } from '../names.ts'
import { toChanged } from './cancel-jobs.ts'
import { where } from './list-jobs.ts'
import { isExpired } from './marks.ts'
import { instant, now, run, type Tools } from './tools.ts'

/**
 * Makes every job that fits available at once, with at least one attempt left and no deadline that has passed; those
 * that are available or executing stay as they are. Locks those rows, in the order of their ids.
 */
export function retryJobs(tools: Tools) {
  return async (filter: JobFilter, on?: Queryable): Promise<readonly Changed[]> => {
    const { conditions, values } = where(filter)
    const present = now(values.push(instant(tools)))
    const text = `
      WITH chosen AS (
        SELECT id, state FROM ${tools.names.jobs} AS job
        WHERE ${['true', ...conditions].join(' AND ')}
          AND (job.state IN ('available', 'executing')) IS FALSE
        ORDER BY id
        FOR UPDATE
      )
      UPDATE ${tools.names.jobs} AS job SET
        state = 'available',
        max_attempts = greatest(job.max_attempts, job.attempt + 1),
        scheduled_at = ${present},
        completed_at = NULL, cancelled_at = NULL, discarded_at = NULL,
        meta = CASE WHEN job.meta ? 'settles' THEN (job.meta - 'ended_by') || '{"settles": true}' ELSE job.meta END
          - CASE WHEN ${isExpired(present)} THEN ARRAY['deadline'] ELSE '{}' END
      FROM chosen WHERE job.id = chosen.id
      RETURNING chosen.state::text AS before, ${jobColumns('job')}`

    return (await run(tools, statement('retry', text), { values, on })).map(toChanged)
  }
}
