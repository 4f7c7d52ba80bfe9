import type { Ack } from '../../lifecycle/acknowledge.ts'
import type { AckOptions } from '../engine.ts'
import { type Names, statement } from '../names.ts'
import { instant, now, numbers, run, type Tools, texts } from './tools.ts'

/**
 * Writes the ends of attempts, each only to the job that is still in that attempt. Locks those rows.
 *
 * The guards avoid a bare `state = 'executing'` next to the ids: an index that begins with the state would look
 * better to the planner than the primary key, and be a hundred times slower.
 */
export function ackJobs(tools: Tools) {
  const complete = statement('ack_completed', completed(tools.names))
  const write = statement('ack', anything(tools.names))

  async function completeAll(ids: readonly number[], attempt: number, { on, producers }: AckOptions) {
    const values = [numbers(ids), attempt, texts(producers), instant(tools)]

    return run(tools, complete, { values, on })
  }

  return async (acks: readonly Ack[], options: AckOptions): Promise<ReadonlySet<number>> => {
    const plain = Map.groupBy(acks.filter(isPlain), (ack) => ack.attempt)
    const others = acks.filter((ack) => !isPlain(ack))
    const written: unknown[] = []
    for (const [attempt, same] of plain) {
      const rows = await completeAll(
        same.map((ack) => ack.id),
        attempt,
        options,
      )
      written.push(...rows.map(([id]) => id))
    }
    if (others.length > 0) {
      const values = [JSON.stringify(others), texts(options.producers), instant(tools)]
      const rows = await run(tools, write, { values, on: options.on })
      written.push(...rows.map(([id]) => id))
    }

    return new Set(written.map(Number))
  }
}

/** Completed, with nothing more to write: by far the most common end, and the cheapest statement. */
function isPlain({ state, meta, error }: Ack): boolean {
  return state === 'completed' && meta === undefined && error === undefined
}

function completed({ jobs }: Names): string {
  return `
    UPDATE ${jobs} SET state = 'completed', completed_at = ${now(4)}
    WHERE id = ANY ($1::text::bigint[])
      AND (state = 'executing') IS TRUE
      AND attempt = $2::text::int
      AND attempted_by[2] = ANY ($3::text::text[])
    RETURNING id::text`
}

function anything({ jobs, state }: Names): string {
  return `
    UPDATE ${jobs} AS job SET
      state = ack.state::${state},
      attempt = job.attempt - CASE WHEN ack.refund THEN 1 ELSE 0 END,
      scheduled_at = CASE WHEN ack.delay IS NULL THEN job.scheduled_at
        ELSE now + ack.delay * interval '1 millisecond' END,
      completed_at = CASE WHEN ack.state = 'completed' THEN now ELSE job.completed_at END,
      cancelled_at = CASE WHEN ack.state = 'cancelled' THEN now ELSE job.cancelled_at END,
      discarded_at = CASE WHEN ack.state = 'discarded' THEN now ELSE job.discarded_at END,
      errors = CASE WHEN ack.error IS NULL THEN job.errors ELSE job.errors || jsonb_build_object(
        'at', to_char(now, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', job.attempt, 'error', ack.error) END,
      meta = CASE WHEN ack.meta IS NULL THEN job.meta ELSE coalesce(job.meta, '{}') || ack.meta END
    FROM jsonb_to_recordset($1::text::jsonb) AS ack (
      id bigint, attempt int, state text, delay float8, refund boolean, error text, meta jsonb
    ), (SELECT ${now(3)} AS now) AS clock
    WHERE job.id = ack.id
      AND (job.state = 'executing') IS TRUE
      AND job.attempt = ack.attempt
      AND job.attempted_by[2] = ANY ($2::text::text[])
    RETURNING job.id::text`
}
