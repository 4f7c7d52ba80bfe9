import type { Names } from '../names.ts'

/**
 * How finely the values of each column are counted, 100 unless somebody says otherwise. `ANALYZE` reads 300 times as many
 * rows as the largest of them says: of 150,000 jobs it takes 37 ms like this, and 240 otherwise, once a minute where many
 * jobs come, and the jobs of that moment wait for the processor. What plans depend on here are a few states and queues.
 */
const target = 20

/** The columns of the jobs table. */
const columns: readonly string[] = [
  ...['id', 'state', 'queue', 'worker', 'args', 'errors', 'attempt', 'max_attempts', 'inserted_at', 'scheduled_at'],
  ...['attempted_at', 'completed_at', 'attempted_by', 'discarded_at', 'priority', 'tags', 'meta', 'cancelled_at'],
]

/** Indexes of an expression, whose values are counted as a column's are. */
const expressions: readonly string[] = ['oban_jobs_staffa_fingerprint']

/** What somebody has chosen: the names of columns, and of indexes. */
export interface Chosen {
  readonly columns: readonly string[]
  readonly indexes: readonly string[]
}

/** Has the server count roughly, but where somebody has chosen. Rewrites nothing, and blocks no one. */
export function countRoughly({ jobs, schema }: Names, chosen: Chosen, indexes: readonly string[]): readonly string[] {
  const left = columns.filter((column) => !chosen.columns.includes(column))
  const ours = expressions.filter((index) => indexes.includes(index) && !chosen.indexes.includes(index))

  return [
    ...(left.length > 0 ? [setOf(jobs, left, target)] : []),
    ...ours.map((index) => `ALTER INDEX ${schema}.${index} ALTER COLUMN 1 SET STATISTICS ${target}`),
  ]
}

/** Has it count as it does by itself. */
export function countAsUsual({ jobs }: Names): string {
  return setOf(jobs, columns, -1)
}

function setOf(table: string, names: readonly string[], value: number): string {
  return `ALTER TABLE ${table} ${names.map((name) => `ALTER ${name} SET STATISTICS ${value}`).join(', ')}`
}
