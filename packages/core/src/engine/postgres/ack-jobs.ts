import type { Ack } from '../../lifecycle/acknowledge.ts'
import type { AckOptions } from '../engine.ts'
import { type Names, statement } from '../names.ts'
import { withError } from './marks.ts'
import { anew, instant, now, numbers, once, plannedAnew, run, type Tools, texts } from './tools.ts'

/**
 * Writes the ends of attempts, each only to the job that is still in that attempt. Locks those rows.
 *
 * The guards avoid a bare `state = 'executing'` next to the ids: an index that begins with the state would look
 * better to the planner than the primary key, and be a hundred times slower.
 */
export function ackJobs(tools: Tools) {
  const complete = statement('ack_completed', completed(tools.names))
  const write = statement('ack', anything(tools.names))

  async function completeAll(acks: readonly Ack[], attempt: number, { on, producers }: AckOptions) {
    const ids = acks.map(({ id }) => id)
    const values = [numbers(ids), attempt, texts(producers), instant(tools), anew]
    const [row] = await run(tools, complete, { values, on })

    if (typeof row?.[0] !== 'string') return acks
    const written = new Set(JSON.parse(row[0]) as readonly number[])

    return acks.filter(({ id }) => written.has(id))
  }

  return async (acks: readonly Ack[], options: AckOptions): Promise<ReadonlySet<Ack>> => {
    const plain = Map.groupBy(acks.filter(isPlain), (ack) => ack.attempt)
    const others = acks.filter((ack) => !isPlain(ack))
    const written = new Set<Ack>()
    for (const [attempt, same] of plain) {
      for (const ack of await completeAll(same, attempt, options)) written.add(ack)
    }
    if (others.length > 0) {
      const values = [
        JSON.stringify(others.map((ack, place) => ({ ...ack, place, claimedAt: ack.claimedAt?.getTime() }))),
        texts(options.producers),
        instant(tools),
        anew,
      ]
      for (const [place] of await run(tools, write, { values, on: options.on }))
        written.add(others[Number(place)] as Ack)
    }

    return written
  }
}

/** Completed, with nothing more to write: by far the most common end, and the cheapest statement. */
function isPlain({ state, meta, error }: Ack): boolean {
  return state === 'completed' && meta === undefined && error === undefined
}

/** Gives the ids that were written only when some were not. */
function completed({ jobs }: Names): string {
  return `
    WITH ended AS (
      UPDATE ${jobs} SET state = 'completed', completed_at = ${once(now(4))}
      WHERE id = ANY ($1::text::bigint[])
        AND (state = 'executing') IS TRUE
        AND attempt = ${once('$2::text::int')}
        AND attempted_by[2] = ANY (${once('$3::text::text[]')}::text[])
        AND ${plannedAnew(5)}
      RETURNING id
    )
    SELECT CASE WHEN count(*) < cardinality($1::text::bigint[])
      THEN coalesce(array_to_json(array_agg(id))::text, '[]') END AS written
    FROM ended`
}

function anything({ jobs, state }: Names): string {
  const entry = `jsonb_build_object(
    'at', to_char(now, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', job.attempt, 'error', ack.error)`

  return `
    UPDATE ${jobs} AS job SET
      state = ack.state::${state},
      attempt = job.attempt - CASE WHEN ack.refund THEN 1 ELSE 0 END,
      scheduled_at = CASE WHEN ack.delay IS NULL THEN job.scheduled_at
        ELSE now + ack.delay * interval '1 millisecond' END,
      completed_at = CASE WHEN ack.state = 'completed' THEN now ELSE job.completed_at END,
      cancelled_at = CASE WHEN ack.state = 'cancelled' THEN now ELSE job.cancelled_at END,
      discarded_at = CASE WHEN ack.state = 'discarded' THEN now ELSE job.discarded_at END,
      errors = CASE WHEN ack.error IS NULL THEN job.errors ELSE ${withError({ jobs }, entry)} END,
      meta = CASE WHEN ack.meta IS NULL THEN job.meta ELSE coalesce(job.meta, '{}') || ack.meta END
    FROM jsonb_to_recordset($1::text::jsonb) AS ack (
      place int, id bigint, attempt int, state text, delay float8, refund boolean, "claimedAt" float8, error text, meta jsonb
    ), (SELECT ${now(3)} AS now) AS clock
    WHERE job.id = ack.id
      AND (job.state = 'executing') IS TRUE
      AND job.attempt = ack.attempt
      AND (ack."claimedAt" IS NULL OR trunc(date_part('epoch', job.attempted_at) * 1000) = ack."claimedAt")
      AND job.attempted_by[2] = ANY (${once('$2::text::text[]')}::text[])
      AND ${plannedAnew(4)}
    RETURNING ack.place`
}
