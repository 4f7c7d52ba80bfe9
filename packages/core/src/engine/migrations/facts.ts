import type { Queryable } from '../database.ts'
import { type Names, statement } from '../names.ts'
import { recordTable } from './tables.ts'

/** What there is in the schema. */
export interface Facts {
  /** Oban's version of the tables: 0 without tables, infinite when another tool looks after them. */
  readonly version: number
  /** Whether the schema itself is there. */
  readonly schema: boolean
  readonly tables: readonly string[]
  /** The jobs table's columns. */
  readonly columns: readonly string[]
  readonly states: readonly string[]
  /** The jobs table's indexes: false for what an interrupted build left behind. */
  readonly indexes: Readonly<Record<string, boolean>>
  /** Storage settings of the jobs table that somebody has chosen. */
  readonly storage: readonly string[]
  /** Its primary key, if it has one, and the storage settings of that. */
  readonly key: { readonly name: string; readonly storage: readonly string[] } | null
  /** The migrations of plugins that were applied. */
  readonly applied: readonly string[]
  /** Whether somebody is building an index of the jobs table at this moment. */
  readonly building: boolean
}

/** A database without anything of Oban's or ours. */
export const noFacts: Facts = {
  version: 0,
  schema: false,
  tables: [],
  columns: [],
  states: [],
  indexes: {},
  storage: [],
  key: null,
  applied: [],
  building: false,
}

interface Found extends Omit<Facts, 'version' | 'applied'> {
  readonly comment: string | null
}

const settingNames = `coalesce((SELECT jsonb_agg(split_part(setting, '=', 1)) FROM unnest(reloptions) AS setting), '[]')`

const look = statement(
  'facts',
  `SELECT jsonb_build_object(
     'comment', obj_description(jobs.oid, 'pg_class'),
     'schema', EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text),
     'tables', coalesce((SELECT jsonb_agg(relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE nspname = $1::text AND relkind IN ('r', 'p')), '[]'),
     'columns', coalesce((SELECT jsonb_agg(attname) FROM pg_attribute
       WHERE attrelid = jobs.oid AND attnum > 0 AND NOT attisdropped), '[]'),
     'states', coalesce((SELECT jsonb_agg(enumlabel) FROM pg_enum WHERE enumtypid = to_regtype($3::text)), '[]'),
     'indexes', coalesce((SELECT jsonb_object_agg(relname, indisvalid) FROM pg_index
       JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = jobs.oid), '{}'),
     'storage', coalesce((SELECT ${settingNames} FROM pg_class WHERE pg_class.oid = jobs.oid), '[]'),
     'key', (SELECT jsonb_build_object('name', relname, 'storage', ${settingNames}) FROM pg_index
       JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = jobs.oid AND indisprimary),
     'building', EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = jobs.oid)
   )::text
   FROM (SELECT to_regclass($2::text)::oid AS oid) AS jobs`,
)

/** Reads what there is. Takes no lock. */
export async function inspect(on: Queryable, names: Names): Promise<Facts> {
  const { rows } = await on.query(look, [names.prefix, names.jobs, names.state])
  const { comment, ...found }: Found = JSON.parse(String(rows[0]?.[0]))
  const version = found.tables.includes('oban_jobs') ? versionOf(comment) : 0

  return { ...found, version, applied: found.tables.includes(recordTable.name) ? await readApplied(on, names) : [] }
}

/**
 * Reads the table's comment, where Oban keeps the version. Old oban-py writes 1 there whatever it finds, newer oban-py
 * writes nothing: such tables count as version 1, and every rung above it can be climbed again.
 */
function versionOf(comment: string | null): number {
  if (comment === null) return 1
  if (comment === '∞') return Number.POSITIVE_INFINITY

  return /^\d{1,9}$/.test(comment) ? Number(comment) : Number.NaN
}

async function readApplied(on: Queryable, { schema }: Names): Promise<readonly string[]> {
  const list = statement('applied', `SELECT name FROM ${schema}.${recordTable.name}`)
  const { rows } = await on.query(list, [])

  return rows.map(([name]) => String(name))
}
