import type { Job } from '../../job/job.ts'
import type { Ack } from '../../lifecycle/acknowledge.ts'
import { apply } from '../../lifecycle/apply.ts'
import type { AckOptions, Ending } from '../engine.ts'
import { type Names, statement } from '../names.ts'
import { claimOf } from './claims.ts'
import { withError } from './marks.ts'
import { instant, now, once, run, type Tools, texts } from './tools.ts'

type EndJobs = (endings: readonly Ending[], options: AckOptions) => Promise<ReadonlyMap<Ack, Job>>

/**
 * Ends jobs and marks them settled, in one: the mark holds if the transaction in which the caller settles them commits.
 * Locks those rows. Takes only those that nobody has changed since they were fetched, so that nothing need be read back.
 */
export function endJobs(tools: Tools): EndJobs {
  const end = statement('end', text(tools.names))

  return async (endings, { on, producers }) => {
    const unchanged = endings.filter(({ job }) => claimOf(job) !== undefined)
    if (unchanged.length === 0) return new Map()
    const values = [JSON.stringify(unchanged.map(toRecord)), texts(producers), instant(tools)]
    const [row] = await run(tools, end, { values, on })
    const at = new Date(Number(row?.[0]))
    const places = typeof row?.[1] === 'string' ? new Set(JSON.parse(row[1]) as readonly number[]) : undefined
    const ended = places ? unchanged.filter((_, place) => places.has(place)) : unchanged

    return new Map(ended.map(({ ack, job }) => [ack, apply(job, { ...ack, meta: { ...ack.meta, ...settled } }, at)]))
  }
}

const settled = { settles: false } as const

function toRecord({ ack: { id, attempt, state, error, meta }, job }: Ending, place: number): object {
  return { place, id, attempt, state, error, meta, claim: claimOf(job) }
}

/** Gives the time, and the places of those that were written only when some were not. */
function text({ jobs, state }: Names): string {
  const entry = `jsonb_build_object(
    'at', to_char(now, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', job.attempt, 'error', ack.error)`
  const time = (ended: string, column: string) =>
    `${column} = CASE WHEN ack.state = '${ended}' THEN now ELSE job.${column} END`

  return `
    WITH ended AS (
      UPDATE ${jobs} AS job SET
        state = ack.state::${state},
        ${time('completed', 'completed_at')},
        ${time('cancelled', 'cancelled_at')},
        ${time('discarded', 'discarded_at')},
        errors = CASE WHEN ack.error IS NULL THEN job.errors ELSE ${withError({ jobs }, entry)} END,
        meta = coalesce(job.meta, '{}') || coalesce(ack.meta, '{}') || '{"settles": false}'
      FROM jsonb_to_recordset($1::text::jsonb) AS ack (
        place int, id bigint, attempt int, state text, error text, meta jsonb, claim text
      ), (SELECT ${now(3)} AS now) AS clock
      WHERE job.id = ack.id
        AND job.xmin = ack.claim::xid
        AND (job.state = 'executing') IS TRUE
        AND job.attempt = ack.attempt
        AND job.attempted_by[2] = ANY (${once('$2::text::text[]')}::text[])
      RETURNING ack.place
    )
    SELECT date_part('epoch', ${once(now(3))}) * 1000 AS now,
      CASE WHEN count(*) < jsonb_array_length($1::text::jsonb)
        THEN coalesce(array_to_json(array_agg(place))::text, '[]') END AS places
    FROM ended`
}
