import { postgres } from '../engine/connect/pg.ts'
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
    if ('kysely' in database) return database
    if (typeof database.connect === 'function') return postgres(database)
  }

  throw expected('database', 'a PostgreSQL URL, a pg.Pool or an adapter', database === null ? null : typeof database)
}
