import type { Job } from '../../job/job.ts'
import type { Value } from '../database.ts'
import type { JobFilter, ListOptions } from '../engine.ts'
import { jobColumns, toJob } from '../job-row.ts'
import { statement } from '../names.ts'
import { numbers, run, type Tools, texts } from './tools.ts'

/** Reads one job. Takes no lock. */
export function getJob(tools: Tools) {
  const get = statement(
    'get',
    `SELECT ${jobColumns('job')} FROM ${tools.names.jobs} AS job WHERE id = $1::text::bigint`,
  )

  return async (id: number): Promise<Job | undefined> => {
    const [row] = await run(tools, get, { values: [id] })

    return row && toJob(row)
  }
}

/** Reads jobs, the newest first. Takes no lock. */
export function listJobs(tools: Tools) {
  return async ({ limit = 100, before, ...filter }: ListOptions): Promise<readonly Job[]> => {
    const { conditions, values } = where(filter)
    if (before !== undefined) conditions.push(`job.id < $${values.push(before)}::text::bigint`)
    const text = `
      SELECT ${jobColumns('job')} FROM ${tools.names.jobs} AS job
      WHERE ${conditions.join(' AND ') || 'true'}
      ORDER BY job.id DESC
      LIMIT $${values.push(limit)}::text::bigint`

    return (await run(tools, statement('list', text), { values })).map(toJob)
  }
}

/** A filter as SQL: conditions over a table called `job`, and the values of their parameters. */
export function where(filter: JobFilter): { readonly conditions: string[]; readonly values: Value[] } {
  const conditions: string[] = []
  const values: Value[] = []
  const add = (condition: string, value: Value) => conditions.push(condition.replace('?', `$${values.push(value)}`))

  if (filter.id !== undefined) add('job.id = ANY (?::text::bigint[])', numbers(list(filter.id)))
  if (filter.state !== undefined) add('job.state::text = ANY (?::text::text[])', texts(list(filter.state)))
  if (filter.queue !== undefined) add('job.queue = ANY (?::text::text[])', texts(list(filter.queue)))
  if (filter.worker !== undefined) add('job.worker = ANY (?::text::text[])', texts(list(filter.worker)))
  if (filter.priority !== undefined) add('job.priority = ANY (?::text::int[])', numbers(list(filter.priority)))
  if (filter.tags !== undefined) add('job.tags @> ?::text::text[]', texts(filter.tags))
  if (filter.args !== undefined) add('job.args @> ?::text::jsonb', JSON.stringify(filter.args))
  if (filter.meta !== undefined) add('job.meta @> ?::text::jsonb', JSON.stringify(filter.meta))

  return { conditions, values }
}

function list<T extends string | number>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'object' ? value : [value]
}
