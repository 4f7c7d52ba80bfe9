const open = ["= 'available'", "= 'executing'", "IN ('scheduled', 'retryable')", "= 'cancelled'", "= 'discarded'"]

/** How many jobs of our table have not completed, each state by its own index: however many have. */
export const left = `SELECT (${open
  .map((states) => `(SELECT count(*) FROM oban_jobs WHERE state ${states})`)
  .join(' + ')})::int AS left`
