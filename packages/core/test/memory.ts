import { testStaffa } from '@staffa/testing'
import type { Database } from '../src/engine/database.ts'

/**
 * The in-memory PGlite that the files of a process share, until `close()`. A fresh one would make a cluster first, which
 * takes longer than most files do. Whoever changes its one session must change it back.
 */
export async function memory(): Promise<Database> {
  const staffa = await testStaffa()

  return { ...staffa.database, close: () => staffa[Symbol.asyncDispose]() }
}
