import { PGlite } from '@electric-sql/pglite'
import type { Database } from '@staffa/core/internal'
import { pglite } from '@staffa/pglite'

let booted: Promise<PGlite> | undefined

/** The in-memory database that every instance of this process shares; each has a schema of its own there. */
export async function memoryDatabase(): Promise<Database> {
  booted ??= PGlite.create('memory://')

  return pglite(await booted)
}
