import { StaffaError } from '../../support/errors.ts'
import type { Database } from '../database.ts'
import { type Names, statement } from '../names.ts'
import { schema } from './schema.ts'

/** Brings the database up to date. Safe to run again, and from several programs at once. */
export async function migrate(database: Database, names: Names): Promise<void> {
  await database.transaction(async (transaction) => {
    const lock = statement('migrate', `SELECT pg_advisory_xact_lock(hashtextextended('staffa:' || $1::text, 0))`)
    await transaction.query(lock, [names.prefix])
    for (const text of schema(names)) await transaction.query({ name: '', text }, [])
  })
}

/** Throws `NOT_MIGRATED` when the tables are missing. */
export async function checkMigrated(database: Database, names: Names): Promise<void> {
  const look = statement('migrated', `SELECT to_regclass($1::text) IS NOT NULL AND to_regclass($2::text) IS NOT NULL`)
  const { rows } = await database.query(look, [names.jobs, names.producers])
  const found = rows[0]?.[0]
  if (found === true || found === 't' || found === 'true') return

  throw new StaffaError(
    'NOT_MIGRATED',
    `expected tables in schema ${names.schema}, got none: call staffa.migrate() first`,
    {
      data: { prefix: names.prefix },
    },
  )
}
