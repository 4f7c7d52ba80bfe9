import type { Names } from '../names.ts'

/** The newest version of Oban's tables, and the one that Staffa works with. */
export const newestVersion = 14

/** One version of Oban's tables: what it changes in columns, states and rows. What stands on them is in `parts.ts`. */
export interface Rung {
  /** From the version below it, on the way to version `to`. Every statement may be run again. */
  readonly up?: (names: Names, to: number) => readonly string[]
  /** Back to the version below it. Nothing of a row is lost that the version below could hold. */
  readonly down?: (names: Names) => readonly string[]
}

const utc = `DEFAULT timezone('UTC', now())`

/** Versions 1 to 14, each under its number. Those without columns of their own bring or take parts alone. */
export const ladder: Readonly<Record<number, Rung>> = {
  1: {
    up: (names, to) => [createStates(names, to), createJobs(names)],
    down: ({ jobs, state }) => [`DROP TABLE IF EXISTS ${jobs}`, `DROP TYPE IF EXISTS ${state}`],
  },
  3: columns({ attempted_by: 'text[]' }),
  8: columns({
    discarded_at: 'timestamp',
    priority: 'integer DEFAULT 0',
    tags: 'text[] DEFAULT ARRAY[]::text[]',
  }),
  9: {
    up: (names) => [
      `ALTER TYPE ${names.state} ADD VALUE IF NOT EXISTS 'cancelled'`,
      ...addColumns(names, { meta: `jsonb DEFAULT '{}'`, cancelled_at: 'timestamp' }),
    ],
    down: (names) => [
      `UPDATE ${names.jobs} SET state = 'discarded', discarded_at = coalesce(discarded_at, cancelled_at)
       WHERE state = 'cancelled'`,
      ...dropColumns(names, ['meta', 'cancelled_at']),
    ],
  },
  10: {
    up: ({ jobs }) => [
      `UPDATE ${jobs} SET priority = 0 WHERE priority IS NULL`,
      `ALTER TABLE ${jobs} ALTER COLUMN args SET DEFAULT '{}', ALTER COLUMN priority SET NOT NULL`,
    ],
    down: ({ jobs }) => [`ALTER TABLE ${jobs} ALTER COLUMN args DROP DEFAULT, ALTER COLUMN priority DROP NOT NULL`],
  },
  // Version 11 knows four priorities.
  12: { down: ({ jobs }) => [`UPDATE ${jobs} SET priority = 3 WHERE priority > 3`] },
  14: {
    up: ({ state }) => [`ALTER TYPE ${state} ADD VALUE IF NOT EXISTS 'suspended' BEFORE 'scheduled'`],
    down: ({ jobs }) => [`UPDATE ${jobs} SET state = 'scheduled' WHERE state = 'suspended'`],
  },
}

/**
 * All states that the goal knows, at once: one that is added later cannot be used before its transaction has ended, and
 * other tools may run everything in a single one. The order is the one that later additions would give.
 */
function createStates({ state }: Names, to: number): string {
  const labels = ['available', 'scheduled', 'executing', 'retryable', 'completed', 'discarded']
  if (to >= 9) labels.push('cancelled')
  if (to >= 14) labels.splice(1, 0, 'suspended')

  return ignoring(
    'duplicate_object',
    `CREATE TYPE ${state} AS ENUM (${labels.map((label) => `'${label}'`).join(', ')})`,
  )
}

function createJobs({ jobs, state }: Names): string {
  return `CREATE TABLE IF NOT EXISTS ${jobs} (
  id bigserial PRIMARY KEY,
  state ${state} NOT NULL DEFAULT 'available',
  queue text NOT NULL DEFAULT 'default',
  worker text NOT NULL,
  args jsonb NOT NULL,
  errors jsonb[] NOT NULL DEFAULT ARRAY[]::jsonb[],
  attempt integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL DEFAULT 20,
  inserted_at timestamp NOT NULL ${utc},
  scheduled_at timestamp NOT NULL ${utc},
  attempted_at timestamp,
  completed_at timestamp
)`
}

type Columns = Readonly<Record<string, string>>

function columns(added: Columns): Rung {
  return { up: (names) => addColumns(names, added), down: (names) => dropColumns(names, Object.keys(added)) }
}

/** A default that is a constant is kept in the catalog: no row is rewritten. */
function addColumns({ jobs }: Names, added: Columns): readonly string[] {
  const changes = Object.entries(added).map(([name, type]) => `ADD COLUMN IF NOT EXISTS ${name} ${type}`)

  return [`ALTER TABLE ${jobs} ${changes.join(', ')}`]
}

function dropColumns({ jobs }: Names, dropped: readonly string[]): readonly string[] {
  return [`ALTER TABLE ${jobs} ${dropped.map((name) => `DROP COLUMN IF EXISTS ${name}`).join(', ')}`]
}

/** Runs a statement that has no IF NOT EXISTS of its own. */
export function ignoring(condition: string, statement: string): string {
  return `DO $staffa$ BEGIN
  ${statement};
EXCEPTION WHEN ${condition} THEN NULL;
END $staffa$`
}
