import type { InsertedJob, Job, NewJob } from '../../job/job.ts'
import type { Queryable } from '../database.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { type Names, statement } from '../names.ts'
import { instant, now, run, type Tools } from './tools.ts'

/** Changes the fields of a stored unique job that the new one may replace in that state. Locks the row. */
export function replaceFields(tools: Tools) {
  const replace = statement('replace', text(tools.names))

  return async (job: NewJob, stored: Job, on: Queryable): Promise<InsertedJob> => {
    const fields = job.replace?.[stored.state] ?? []
    if (fields.length === 0) return Object.freeze({ ...stored, conflict: true })
    const record = {
      fields,
      args: job.args,
      meta: job.meta,
      tags: job.tags,
      priority: job.priority,
      attempts: job.maxAttempts,
      queue: job.queue,
      worker: job.worker,
      at: job.scheduledAt?.toISOString(),
      delay: job.delay,
    }
    const values = [stored.id, stored.state, JSON.stringify(record), instant(tools)]
    const [row] = await run(tools, replace, { values, on })

    return Object.freeze({ ...(row ? toJob(row) : stored), conflict: true })
  }
}

function text({ jobs }: Names): string {
  const either = (field: string, column: string, value = `given.${column}`) =>
    `${column} = CASE WHEN '${field}' = ANY (given.fields) THEN ${value} ELSE job.${column} END`

  return `
    UPDATE ${jobs} AS job SET
      ${either('args', 'args')},
      ${either('meta', 'meta')},
      ${either('tags', 'tags')},
      ${either('priority', 'priority')},
      ${either('maxAttempts', 'max_attempts', 'greatest(given.attempts, job.attempt, 1)')},
      ${either('queue', 'queue')},
      ${either('worker', 'worker')},
      ${either(
        'scheduledAt',
        'scheduled_at',
        `coalesce(now + given.delay * interval '1 millisecond', given.at::timestamptz AT TIME ZONE 'UTC', job.scheduled_at)`,
      )}
    FROM jsonb_to_record($3::text::jsonb) AS given (
      fields text[], args jsonb, meta jsonb, tags text[], priority int, attempts int, queue text, worker text,
      at text, delay float8
    ), (SELECT ${now(4)} AS now) AS clock
    WHERE job.id = $1::text::bigint AND (job.state::text = $2::text) IS TRUE
    RETURNING ${jobColumns('job')}`
}
