import { channelName, literal, type Names } from '../names.ts'
import { createIndex, dropIndex } from './indexes.ts'
import { ignoring } from './ladder.ts'
import { createTable, peers } from './tables.ts'

/** Something that stands on the jobs table, or beside it, from one version of Oban on, and perhaps up to another. */
export interface Part {
  readonly since: number
  /** The version that took it away again. */
  readonly until?: number
  /** Unless it is there. */
  readonly make: (names: Names) => readonly string[]
  /** If it is there. */
  readonly drop: (names: Names) => readonly string[]
}

type Life = Pick<Part, 'since' | 'until'>

/** Everything but columns and Oban's lasting indexes. Of one name, at most one lives in any version. */
export const parts: readonly Part[] = [
  index({ since: 1, until: 5 }, 'oban_jobs_queue_index', '(queue)'),
  index({ since: 1, until: 5 }, 'oban_jobs_state_index', '(state)'),
  index({ since: 1, until: 2 }, 'oban_jobs_scheduled_at_index', '(scheduled_at)'),
  index(
    { since: 2, until: 5 },
    'oban_jobs_scheduled_at_index',
    `(scheduled_at) WHERE state IN ('available', 'scheduled')`,
  ),
  index({ since: 5, until: 8 }, 'oban_jobs_queue_state_scheduled_at_id_index', '(queue, state, scheduled_at, id)'),
  index(
    { since: 7, until: 10 },
    'oban_jobs_attempted_at_id_index',
    `(attempted_at DESC, id) WHERE state IN ('completed', 'discarded')`,
  ),
  // Made by other means in Oban's first days, and not made again on the way down.
  { since: 0, until: 10, make: () => [], drop: (names) => [dropIndex(names, 'oban_jobs_args_vector')] },
  { since: 0, until: 10, make: () => [], drop: (names) => [dropIndex(names, 'oban_jobs_worker_gist')] },

  trigger({ since: 1, until: 8 }, 'AFTER INSERT OR UPDATE OF state', 'true'),
  trigger({ since: 8, until: 12 }, 'AFTER INSERT', `NEW.state = 'available'`),
  {
    since: 2,
    until: 4,
    make: ({ schema }) => [
      `CREATE OR REPLACE FUNCTION ${schema}.oban_wrap_id(value bigint) RETURNS integer
LANGUAGE sql IMMUTABLE AS 'SELECT (value % 2147483647)::integer'`,
    ],
    drop: ({ schema }) => [`DROP FUNCTION IF EXISTS ${schema}.oban_wrap_id(bigint)`],
  },

  check({ since: 2 }, 'worker_length', 'CHECK (char_length(worker) > 0 AND char_length(worker) < 128)'),
  check({ since: 2 }, 'queue_length', 'CHECK (char_length(queue) > 0 AND char_length(queue) < 128)'),
  check({ since: 10, until: 12 }, 'priority_range', 'CHECK (priority BETWEEN 0 AND 3)'),
  check({ since: 10 }, 'positive_max_attempts', 'CHECK (max_attempts > 0)'),
  check({ since: 10 }, 'attempt_range', 'CHECK (attempt BETWEEN 0 AND max_attempts)'),
  check({ since: 12 }, 'non_negative_priority', 'CHECK (priority >= 0) NOT VALID'),

  {
    since: 11,
    make: (names) => [createTable(names, peers)],
    drop: (names) => [`DROP TABLE IF EXISTS ${names.peers}`],
  },
]

function index(life: Life, name: string, on: string): Part {
  return {
    ...life,
    make: (names) => [createIndex(names, { name, on })],
    drop: (names) => [dropIndex(names, name)],
  }
}

function check(life: Life, name: string, rule: string): Part {
  return {
    ...life,
    make: ({ jobs }) => [ignoring('duplicate_object', `ALTER TABLE ${jobs} ADD CONSTRAINT ${name} ${rule}`)],
    drop: ({ jobs }) => [`ALTER TABLE ${jobs} DROP CONSTRAINT IF EXISTS ${name}`],
  }
}

/** Sends an insert notice for a row. Newer versions leave that to the programs, which send one for many rows. */
function trigger(life: Life, event: string, condition: string): Part {
  return {
    ...life,
    make: ({ jobs, schema, prefix }) => [
      `CREATE OR REPLACE FUNCTION ${schema}.oban_jobs_notify() RETURNS trigger LANGUAGE plpgsql AS $staffa$
BEGIN
  PERFORM pg_notify(${literal(channelName(prefix, 'insert'))},
    json_build_object('queue', NEW.queue, 'state', NEW.state)::text);
  RETURN NULL;
END $staffa$`,
      `DROP TRIGGER IF EXISTS oban_notify ON ${jobs}`,
      `CREATE TRIGGER oban_notify ${event} ON ${jobs}
FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION ${schema}.oban_jobs_notify()`,
    ],
    drop: ({ jobs, schema }) => [
      `DROP TRIGGER IF EXISTS oban_notify ON ${jobs}`,
      `DROP FUNCTION IF EXISTS ${schema}.oban_jobs_notify()`,
    ],
  }
}
