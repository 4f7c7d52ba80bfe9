import type { Names } from '../names.ts'
import { quoted } from '../names.ts'

/** Everything a new database needs, in order. Nothing here changes what is there already. */
export function schema(names: Names): readonly string[] {
  return [
    ...(names.prefix === 'public' ? [] : [`CREATE SCHEMA IF NOT EXISTS ${names.schema}`]),
    ...tables(names),
    ...indexes(names),
  ]
}

function tables({ schema: inside, jobs, peers, leaders, producers, state }: Names): readonly string[] {
  const utc = `DEFAULT timezone('UTC', now())`

  return [
    `DO $$ BEGIN
       CREATE TYPE ${state} AS ENUM
         ('available', 'suspended', 'scheduled', 'executing', 'retryable', 'completed', 'discarded', 'cancelled');
     EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    `CREATE TABLE IF NOT EXISTS ${jobs} (
       id bigserial PRIMARY KEY,
       state ${state} NOT NULL DEFAULT 'available',
       queue text NOT NULL DEFAULT 'default',
       worker text NOT NULL,
       args jsonb NOT NULL DEFAULT '{}',
       errors jsonb[] NOT NULL DEFAULT ARRAY[]::jsonb[],
       attempt integer NOT NULL DEFAULT 0,
       max_attempts integer NOT NULL DEFAULT 20,
       inserted_at timestamp NOT NULL ${utc},
       scheduled_at timestamp NOT NULL ${utc},
       attempted_at timestamp,
       completed_at timestamp,
       attempted_by text[],
       discarded_at timestamp,
       priority integer NOT NULL DEFAULT 0,
       tags text[] DEFAULT ARRAY[]::text[],
       meta jsonb DEFAULT '{}',
       cancelled_at timestamp,
       CONSTRAINT worker_length CHECK (char_length(worker) > 0 AND char_length(worker) < 128),
       CONSTRAINT queue_length CHECK (char_length(queue) > 0 AND char_length(queue) < 128),
       CONSTRAINT positive_max_attempts CHECK (max_attempts > 0),
       CONSTRAINT attempt_range CHECK (attempt BETWEEN 0 AND max_attempts),
       CONSTRAINT non_negative_priority CHECK (priority >= 0)
     ) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 2000)`,
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${peers} (
       name text PRIMARY KEY, node text NOT NULL, started_at timestamp NOT NULL, expires_at timestamp NOT NULL)`,
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${leaders} (
       name text PRIMARY KEY DEFAULT 'oban', node text NOT NULL,
       elected_at timestamp NOT NULL, expires_at timestamp NOT NULL)`,
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${producers} (
       uuid uuid PRIMARY KEY, name text NOT NULL DEFAULT 'oban', node text NOT NULL, queue text NOT NULL,
       meta jsonb NOT NULL DEFAULT '{}', started_at timestamp NOT NULL ${utc}, updated_at timestamp NOT NULL ${utc})`,
    `COMMENT ON TABLE ${inside}.${quoted('oban_jobs')} IS '14'`,
  ]
}

/** Lean: each index holds only the rows that its one reader looks for. */
function indexes({ jobs }: Names): readonly string[] {
  const index = (name: string, on: string) => `CREATE INDEX IF NOT EXISTS oban_jobs_${name} ON ${jobs} ${on}`

  return [
    index('staffa_fetch', `(queue, priority, scheduled_at, id) WHERE state = 'available'`),
    index('staging_index', `(scheduled_at, id) INCLUDE (queue) WHERE state IN ('scheduled', 'retryable')`),
    index('staffa_executing', `(attempted_at) WHERE state = 'executing'`),
    index('completed_at_index', `(completed_at) WHERE state = 'completed'`),
    index('cancelled_at_index', `(cancelled_at) WHERE state = 'cancelled'`),
    index('discarded_at_index', `(discarded_at) WHERE state = 'discarded'`),
    index(
      'staffa_unsettled',
      `(id) WHERE meta ->> 'settles' = 'true' AND state IN ('completed', 'cancelled', 'discarded')`,
    ),
    index('staffa_fingerprint', `((meta ->> 'fingerprint')) WHERE meta ->> 'fingerprint' IS NOT NULL`),
  ]
}
