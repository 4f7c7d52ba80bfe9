import type { FinalState } from '../../job/state.ts'
import type { Value } from '../database.ts'
import type { PruneOptions, PruneRule } from '../engine.ts'
import { statement } from '../names.ts'
import { instant, now, run, type Tools, texts } from './tools.ts'

const timestamps: Readonly<Record<FinalState, string>> = {
  completed: 'completed_at',
  cancelled: 'cancelled_at',
  discarded: 'discarded_at',
}

/**
 * Deletes jobs that ended long ago, or that are more than are kept; passes over those that are not settled. Locks
 * those rows and skips what others have locked. Gives back how many.
 */
export function pruneJobs(tools: Tools) {
  return async ({ state, rule, others, limit }: PruneOptions): Promise<number> => {
    const values: Value[] = [instant(tools)]
    const time = `job.${timestamps[state]}`
    const mine = fits(rule, values)
    const theirs = others.map((other) => `NOT (${fits(other, values)})`)
    const old = rule.age === undefined ? [] : [`${time} < ${ago(values.push(rule.age))}`]
    const order =
      rule.length === undefined ? `${time}, id` : `${time} DESC, id DESC OFFSET $${values.push(rule.length)}::text::int`
    const text = `
      DELETE FROM ${tools.names.jobs} WHERE id = ANY (ARRAY(
        SELECT id FROM (
          SELECT id FROM ${tools.names.jobs} AS job
          WHERE job.state = '${state}' AND ${[mine, ...theirs, ...old].join(' AND ')}
            AND coalesce(job.meta ->> 'settles', 'false') <> 'true'
          ORDER BY ${order}
        ) AS prunable
        LIMIT $${values.push(limit)}::text::int))
      RETURNING id::text`

    return (await run(tools, statement('prune', text), { values })).length
  }
}

function fits({ queues, workers }: PruneRule, values: Value[]): string {
  const conditions = ['true']
  if (queues) conditions.push(`job.queue = ANY ($${values.push(texts(queues))}::text::text[])`)
  if (workers) conditions.push(`job.worker = ANY ($${values.push(texts(workers))}::text::text[])`)

  return conditions.join(' AND ')
}

function ago(parameter: number): string {
  return `${now(1)} - $${parameter}::text::float8 * interval '1 millisecond'`
}
