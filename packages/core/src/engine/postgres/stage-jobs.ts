import type { Staged, StageOptions } from '../engine.ts'
import { channelName, literal, type Names, statement } from '../names.ts'
import { instant, now, run, type Tools, texts } from './tools.ts'

/**
 * Makes due jobs available and notifies their queues. Locks the rows it stages and skips those that others have
 * locked, so that any number of stagers, also strangers, may work at once.
 */
export function stageJobs(tools: Tools) {
  const stage = statement('stage', text(tools.names))

  return async ({ limit, queues }: StageOptions): Promise<Staged> => {
    const rows = await run(tools, stage, { values: [limit, texts(queues), instant(tools)] })

    return {
      count: rows.reduce((sum, [, staged]) => sum + Number(staged), 0),
      queues: rows.map(([queue]) => queue as string),
    }
  }
}

function text({ jobs, prefix }: Names): string {
  const channel = literal(channelName(prefix, 'insert'))

  return `
    WITH staged AS (
      UPDATE ${jobs} SET state = 'available'
      WHERE id = ANY (ARRAY(
        SELECT id FROM ${jobs}
        WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= ${now(3)}
        ORDER BY scheduled_at, id
        LIMIT $1::text::int
        FOR UPDATE SKIP LOCKED))
      RETURNING queue
    ), counted AS (
      SELECT queue, count(*) AS staged FROM staged GROUP BY queue
    ), notified AS MATERIALIZED (
      SELECT queue, staged, pg_notify(${channel}, json_build_object('queue', queue)::text) FROM counted
    )
    SELECT queue, staged::text FROM notified
    UNION ALL
    SELECT queue, '0' FROM unnest($2::text::text[]) AS queue
    WHERE queue NOT IN (SELECT queue FROM counted)
      AND EXISTS (SELECT FROM ${jobs} AS job WHERE job.state = 'available' AND job.queue = queue.queue)`
}
