import type { Queryable } from '../src/engine/database.ts'

/** What a schema holds, each thing in the words of the server, without the schema's name. */
export interface Catalog {
  /** Columns of every table, in their order. */
  readonly columns: readonly string[]
  readonly constraints: readonly string[]
  readonly indexes: readonly string[]
  readonly states: readonly string[]
  /** Tables, with `u` when they are not logged, and their storage settings. */
  readonly tables: readonly string[]
  /** How finely values are counted, where somebody has said. */
  readonly statistics: readonly string[]
  readonly functions: readonly string[]
  readonly triggers: readonly string[]
  /** The comment on the jobs table. */
  readonly version: readonly string[]
}

const inSchema = `JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1::text`

const queries: Readonly<Record<keyof Catalog, string>> = {
  columns: `SELECT relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
      || CASE WHEN attnotnull THEN ' not null' ELSE '' END || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
      || CASE WHEN attidentity::text = '' THEN '' ELSE ' identity' END
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    ${inSchema} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum`,
  constraints: `SELECT relname || ' ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid ${inSchema} AND contype <> 'n' ORDER BY 1`,
  indexes: `SELECT pg_get_indexdef(pg_class.oid) || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
    FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid ${inSchema} ORDER BY 1`,
  states: `SELECT enumlabel::text FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
    JOIN pg_namespace ON pg_namespace.oid = typnamespace WHERE nspname = $1::text ORDER BY enumsortorder`,
  tables: `SELECT relname || ' ' || relpersistence::text || coalesce(' ' || reloptions::text, '')
    FROM pg_class ${inSchema} AND relkind = 'r' ORDER BY 1`,
  statistics: `SELECT relname || '.' || attname || ' ' || attstattarget FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid ${inSchema} AND attstattarget >= 0 AND NOT attisdropped ORDER BY 1`,
  functions: `SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE nspname = $1::text ORDER BY 1`,
  triggers: `SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid ${inSchema}
    AND NOT tgisinternal ORDER BY 1`,
  version: `SELECT obj_description(pg_class.oid, 'pg_class') FROM pg_class ${inSchema} AND relname = 'oban_jobs'`,
}

/** Reads what a schema holds. */
export async function readCatalog(on: Queryable, prefix: string): Promise<Catalog> {
  const entries: [string, readonly string[]][] = []
  for (const [part, text] of Object.entries(queries)) {
    const { rows } = await on.query({ name: '', text }, [prefix])
    entries.push([part, rows.map(([line]) => String(line).replaceAll(`${prefix}.`, ''))])
  }

  return Object.fromEntries(entries) as unknown as Catalog
}
