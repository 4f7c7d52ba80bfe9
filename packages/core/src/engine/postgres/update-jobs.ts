import type { Job } from '../../job/job.ts'
import type { Queryable, Value } from '../database.ts'
import type { JobChanges, JobFilter } from '../filter.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { statement } from '../names.ts'
import { where } from './list-jobs.ts'
import { run, type Tools, texts } from './tools.ts'

/**
 * Changes fields of every job that fits. A new schedule makes a job that waits wait for it; the state of any other
 * job stays as it is. Locks those rows.
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
  const add = (assignment: string, value: Value) => set.push(assignment.replace('?', `$${values.push(value)}`))

  if (changes.args !== undefined) add('args = ?::text::jsonb', JSON.stringify(changes.args))
  if (changes.meta !== undefined) add(`meta = ?::text::jsonb || ${kept}`, JSON.stringify(changes.meta))
  if (changes.tags !== undefined) add('tags = ?::text::text[]', texts(changes.tags))
  if (changes.queue !== undefined) add('queue = ?::text', changes.queue)
  if (changes.worker !== undefined) add('worker = ?::text', changes.worker)
  if (changes.priority !== undefined) add('priority = ?::text::int', changes.priority)
  if (changes.maxAttempts !== undefined) {
    add('max_attempts = greatest(?::text::int, job.attempt)', changes.maxAttempts)
  }
  if (changes.scheduledAt !== undefined) {
    add(`scheduled_at = ?::text::timestamptz AT TIME ZONE 'UTC'`, changes.scheduledAt.toISOString())
    set.push(`state = CASE WHEN job.state IN ('available', 'retryable') THEN 'scheduled' ELSE job.state END`)
  }

  return set
}

/** The marks that core itself keeps in meta are not the caller's to lose. */
const kept = `coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(job.meta)
  WHERE key IN ('settles', 'ended_by', 'fingerprint')), '{}')`
