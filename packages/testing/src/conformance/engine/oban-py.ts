/**
 * The tables as oban-py makes them: narrow numbers, ids that are generated always, errors as one JSON list instead of
 * an array of JSON, and states in another order.
 */
export function obanPyTables(schema: string): readonly string[] {
  const utc = `timestamp NOT NULL DEFAULT timezone('UTC', now())`

  return [
    `CREATE SCHEMA ${schema}`,
    `CREATE TYPE ${schema}.oban_job_state AS ENUM
       ('available', 'scheduled', 'suspended', 'executing', 'retryable', 'completed', 'discarded', 'cancelled')`,
    `CREATE TABLE ${schema}.oban_jobs (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       state ${schema}.oban_job_state NOT NULL DEFAULT 'available',
       queue text NOT NULL DEFAULT 'default' CONSTRAINT queue_length CHECK (char_length(queue) > 0),
       worker text NOT NULL CONSTRAINT worker_length CHECK (char_length(worker) > 0),
       attempt smallint NOT NULL DEFAULT 0,
       max_attempts smallint NOT NULL DEFAULT 20 CONSTRAINT positive_max_attempts CHECK (max_attempts > 0),
       priority smallint NOT NULL DEFAULT 0 CONSTRAINT non_negative_priority CHECK (priority >= 0),
       args jsonb NOT NULL DEFAULT '{}',
       meta jsonb NOT NULL DEFAULT '{}',
       tags text[] NOT NULL DEFAULT ARRAY[]::text[],
       errors jsonb NOT NULL DEFAULT '[]',
       attempted_by text[] NOT NULL DEFAULT ARRAY[]::text[],
       inserted_at ${utc},
       scheduled_at ${utc},
       attempted_at timestamp,
       cancelled_at timestamp,
       completed_at timestamp,
       discarded_at timestamp,
       CONSTRAINT attempt_range CHECK (attempt BETWEEN 0 AND max_attempts)
     )`,
    `CREATE UNLOGGED TABLE ${schema}.oban_leaders (
       name text PRIMARY KEY DEFAULT 'oban', node text NOT NULL,
       elected_at timestamp NOT NULL, expires_at timestamp NOT NULL)`,
    `CREATE UNLOGGED TABLE ${schema}.oban_producers (
       uuid uuid PRIMARY KEY, name text NOT NULL DEFAULT 'oban', node text NOT NULL, queue text NOT NULL,
       meta jsonb NOT NULL DEFAULT '{}', started_at ${utc}, updated_at ${utc})`,
    `CREATE INDEX oban_jobs_state_queue_priority_scheduled_at_id_index
       ON ${schema}.oban_jobs (state, queue, priority, scheduled_at, id) WITH (fillfactor = 90)`,
    `CREATE INDEX oban_jobs_staging_index ON ${schema}.oban_jobs (scheduled_at, id) INCLUDE (queue)
       WHERE state IN ('scheduled', 'retryable')`,
    ...['cancelled', 'completed', 'discarded'].map(
      (state) =>
        `CREATE INDEX oban_jobs_${state}_at_index ON ${schema}.oban_jobs (${state}_at) WHERE state = '${state}'`,
    ),
  ]
}
