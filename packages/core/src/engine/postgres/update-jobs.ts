import type { Job } from '../../job/job.ts'
import type { Queryable, Value } from '../database.ts'
import type { JobChanges, JobFilter } from '../filter.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { statement } from '../names.ts'
import { where } from './list-jobs.ts'
import { withDeadlineFor, withMarks } from './marks.ts'
import { run, type Tools, texts } from './tools.ts'

/**
 * Changes fields of every job that fits. A new schedule makes a job that waits wait for it, and moves its deadline; the
 * state of any other job stays as it is. Locks those rows.
 */
export function updateJobs(tools: Tools) {
  return async (filter: JobFilter, changes: JobChanges, on?: Queryable): Promise<readonly Job[]> => {
    const { conditions, values } = where(filter)
    const text = `
      UPDATE ${tools.names.jobs} AS job SET ${assignments(changes, values).join(', ')}
      WHERE ${['true', ...conditions].join(' AND ')}
      RETURNING ${jobColumns('job')}`

    return (await run(tools, statement('update', text), { values, on })).map(toJob)
  }
}

function assignments(changes: JobChanges, values: Value[]): readonly string[] {
  const set: string[] = []
  const bind = (value: Value, type: string) => `$${values.push(value)}::text::${type}`

  if (changes.args !== undefined) set.push(`args = ${bind(JSON.stringify(changes.args), 'jsonb')}`)
  if (changes.tags !== undefined) set.push(`tags = ${bind(texts(changes.tags), 'text[]')}`)
  if (changes.queue !== undefined) set.push(`queue = ${bind(changes.queue, 'text')}`)
  if (changes.worker !== undefined) set.push(`worker = ${bind(changes.worker, 'text')}`)
  if (changes.priority !== undefined) set.push(`priority = ${bind(changes.priority, 'int')}`)
  if (changes.maxAttempts !== undefined) {
    set.push(`max_attempts = greatest(${bind(changes.maxAttempts, 'int')}, job.attempt)`)
  }
  let meta = changes.meta === undefined ? 'job.meta' : withMarks(bind(JSON.stringify(changes.meta), 'jsonb'))
  if (changes.scheduledAt !== undefined) {
    const instant = `${bind(changes.scheduledAt.toISOString(), 'timestamptz')} AT TIME ZONE 'UTC'`
    set.push(`scheduled_at = ${instant}`)
    set.push(`state = CASE WHEN job.state IN ('available', 'retryable') THEN 'scheduled' ELSE job.state END`)
    meta = withDeadlineFor(meta, `(${instant})`)
  }

  return [...set, `meta = ${meta}`]
}
