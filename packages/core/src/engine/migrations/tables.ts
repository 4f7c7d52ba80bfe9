import type { Names } from '../names.ts'

export interface Table {
  readonly name: string
  readonly unlogged?: boolean
  /** What stands between the brackets. */
  readonly columns: string
}

const utc = `DEFAULT timezone('UTC', now())`

/** Where the migrations of plugins are recorded: made when a plugin has one. */
export const recordTable: Table = {
  name: 'staffa_migrations',
  columns: `name text PRIMARY KEY, applied_at timestamp NOT NULL ${utc}`,
}

/** Who leads, among Oban's nodes and Staffa's. Oban's own, and missing where oban-py made the tables. */
export const peers: Table = {
  name: 'oban_peers',
  unlogged: true,
  columns: 'name text PRIMARY KEY, node text NOT NULL, started_at timestamp NOT NULL, expires_at timestamp NOT NULL',
}

/**
 * The tables beside the jobs. What they hold is worthless after a crash, so they are not logged. Leaders and producers
 * are oban-py's, which does not start without them.
 */
export const sideTables: readonly Table[] = [
  peers,
  {
    name: 'oban_leaders',
    unlogged: true,
    columns: `name text PRIMARY KEY DEFAULT 'oban', node text NOT NULL, elected_at timestamp NOT NULL,
  expires_at timestamp NOT NULL`,
  },
  {
    name: 'oban_producers',
    unlogged: true,
    columns: `uuid uuid PRIMARY KEY, name text NOT NULL DEFAULT 'oban', node text NOT NULL, queue text NOT NULL,
  meta jsonb NOT NULL DEFAULT '{}', started_at timestamp NOT NULL ${utc}, updated_at timestamp NOT NULL ${utc}`,
  },
]

/**
 * How the jobs table is stored: room in each page for the next versions of its rows, of which each job has two, and a
 * vacuum that keeps up. With less room a claim writes to two pages, and the table is no smaller in the end.
 */
export const storage: Readonly<Record<string, number>> = {
  fillfactor: 50,
  autovacuum_vacuum_scale_factor: 0.02,
  autovacuum_vacuum_cost_limit: 2000,
}

/** Unless there is one of that name. */
export function createTable({ schema }: Names, { name, unlogged, columns }: Table): string {
  return `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE IF NOT EXISTS ${schema}.${name} (\n  ${columns}\n)`
}
