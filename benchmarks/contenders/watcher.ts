import pg from 'pg'

const open = ["= 'available'", "= 'executing'", "IN ('scheduled', 'retryable')", "= 'cancelled'", "= 'discarded'"]

/** How many jobs of our table have not completed. */
const left = `SELECT (${open
  .map((states) => `(SELECT count(*) FROM oban_jobs WHERE state ${states})`)
  .join(' + ')})::int AS left`

/** Looks at our table through a connection of its own. */
export interface Watcher {
  readonly pool: pg.Pool
  unfinished(): Promise<number>
}

/**
 * Looks each state up in its own index, however many have completed: statistics from before a drain would have the planner
 * read the whole table.
 */
export function openWatcher(connectionString: string): Watcher {
  const pool = new pg.Pool({ connectionString, max: 1, options: '-c enable_seqscan=off' })

  return { pool, unfinished: async () => (await pool.query(left)).rows[0].left }
}
