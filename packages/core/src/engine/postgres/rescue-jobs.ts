import type { Queryable } from '../database.ts'
import type { Changed, RescueOptions } from '../engine.ts'
import { jobColumns } from '../job-row.ts'
import { type Names, statement } from '../names.ts'
import { toChanged } from './cancel-jobs.ts'
import { withError } from './marks.ts'
import { instant, now, run, type Tools, texts } from './tools.ts'

/**
 * Buries producers that have not been heard of for a lease, and in the same statement takes their jobs back: to run
 * again where attempts are left, else to be discarded. Also takes back what has been executing for longer than `age`,
 * whoever runs it, and the jobs of the producers in `missing`. Locks those rows and skips what others have locked.
 */
export function rescueJobs(tools: Tools) {
  const rescue = statement('rescue', text(tools.names))

  return async ({ lease, age, missing, limit }: RescueOptions, on?: Queryable): Promise<readonly Changed[]> => {
    const values = [lease, age ?? null, texts(missing), limit, instant(tools)]

    return (await run(tools, rescue, { values, on })).map(toChanged)
  }
}

/** The producers whose jobs are executing though no row tells that they live: ours, by the version of their UUID. */
export function missingProducers(tools: Tools) {
  const { jobs, producers } = tools.names
  const look = statement(
    'missing',
    `SELECT DISTINCT attempted_by[2] FROM ${jobs} AS job
     WHERE state = 'executing' AND attempted_by[2] LIKE '________-____-8___-____-____________'
       AND NOT EXISTS (SELECT FROM ${producers} AS producer WHERE producer.uuid::text = job.attempted_by[2])`,
  )

  return async (): Promise<readonly string[]> => (await run(tools, look, { values: [] })).map(([uuid]) => String(uuid))
}

function text({ jobs, producers, state }: Names): string {
  const entry = `jsonb_build_object(
    'at', to_char(${now(5)}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', attempt,
    'error', '** (Orphaned) the node that ran the last attempt is gone')`

  return `
    WITH dead AS (
      DELETE FROM ${producers}
      WHERE uuid IN (
        SELECT uuid FROM ${producers}
        WHERE meta ->> 'staffa' = 'true' AND updated_at < ${now(5)} - $1::text::float8 * interval '1 millisecond'
        FOR UPDATE SKIP LOCKED)
      RETURNING uuid::text AS uuid
    ), orphans AS (
      SELECT id FROM ${jobs}
      WHERE state = 'executing' AND (
        attempted_by[2] IN (SELECT uuid FROM dead)
        OR attempted_by[2] = ANY ($3::text::text[])
        OR attempted_at < ${now(5)} - $2::text::float8 * interval '1 millisecond')
      ORDER BY attempted_at
      LIMIT $4::text::int
      FOR UPDATE SKIP LOCKED
    )
    UPDATE ${jobs} AS job SET
      state = (CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END)::${state},
      discarded_at = CASE WHEN attempt < max_attempts THEN discarded_at ELSE ${now(5)} END,
      errors = CASE WHEN attempt < max_attempts THEN errors ELSE ${withError({ jobs }, entry)} END,
      meta = coalesce(meta, '{}')
        || jsonb_build_object('rescued', CASE WHEN jsonb_typeof(meta -> 'rescued') = 'number'
          THEN (meta ->> 'rescued')::numeric ELSE 0 END + 1)
        || CASE WHEN meta ? 'settles' AND attempt >= max_attempts
          THEN '{"ended_by": "rescue"}' ELSE '{}' END::jsonb
    FROM orphans WHERE job.id = orphans.id
    RETURNING 'executing' AS before, ${jobColumns('job')}`
}
