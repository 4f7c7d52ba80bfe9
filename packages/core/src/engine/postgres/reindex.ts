import type { Rows } from '../database.ts'
import { quoted, statement } from '../names.ts'
import { run, type Tools } from './tools.ts'

/** Rebuilds an index while it is in use. Runs outside any transaction. */
export function reindex(tools: Tools) {
  return async (index: string): Promise<void> => {
    const name = `${tools.names.schema}.${quoted(index)}`
    await run(tools, { name: '', text: `REINDEX INDEX CONCURRENTLY ${name}` }, { values: [] })
  }
}

/** Drops what an interrupted rebuild left behind, but not what somebody is building; gives back the names. */
export function dropInvalidIndexes(tools: Tools) {
  const look = statement(
    'invalid_indexes',
    `SELECT relname FROM pg_index
     JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE NOT indisvalid AND nspname = $1::text AND relname LIKE 'oban\\_jobs%'
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)`,
  )

  return async (): Promise<readonly string[]> => {
    const { rows }: Rows = await tools.database.query(look, [tools.names.prefix])
    const dropped = rows.map(([name]) => String(name))
    for (const name of dropped) {
      const text = `DROP INDEX CONCURRENTLY IF EXISTS ${tools.names.schema}.${quoted(name)}`
      await run(tools, { name: '', text }, { values: [] })
    }

    return dropped
  }
}
