import { type PgPool, postgres } from '../engine/connect/pg.ts'
import type { Database } from '../engine/database.ts'
import { expected } from '../support/errors.ts'
import type { StaffaOptions } from './options.ts'

/** Makes an adapter of what the user gave. Opens nothing. */
export function resolveDatabase(database: StaffaOptions['database']): Database {
  if (typeof database === 'string') {
    if (/^postgres(ql)?:\/\//.test(database)) return postgres(database)
    // No part of it is shown: where a URL is none, nobody can tell which part is the password.
    throw expected('database', 'a URL that begins with postgres://', 'another text')
  }
  if (typeof database === 'object' && database !== null && typeof database.query === 'function') {
    if ('kysely' in database && typeof database.transaction === 'function') return database
    if (hasAll(database, ['connect', 'on', 'off', 'end'])) return postgres(database as PgPool)
  }

  throw expected('database', 'a PostgreSQL URL, a pg.Pool or an adapter', database === null ? null : typeof database)
}

function hasAll(value: object, methods: readonly string[]): boolean {
  return methods.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function')
}
