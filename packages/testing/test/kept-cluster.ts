// Has every new PGlite of this process begin with a copy of the cluster that `testStaffa` keeps, if there is one yet:
// making one takes four seconds of a processor. Programs under test get it by `--import`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { readSnapshot } from '../src/snapshot.ts'

type Create = (dataDir?: unknown, options?: object) => Promise<unknown>

const patched = Symbol.for('staffa.kept-cluster')
const maker = PGlite as unknown as { create: Create; [patched]?: true }

/** Whether there is nothing yet where the data will be. Who gives no place in words is let alone. */
function isNew(dataDir: unknown): boolean {
  if (dataDir === undefined || dataDir === 'memory://') return true
  if (typeof dataDir !== 'string' || /^(?!file:)\w+:\/\//.test(dataDir)) return false

  return !existsSync(join(dataDir.replace(/^file:\/\//, ''), 'PG_VERSION'))
}

// Test files share a process, and each of them comes by here.
if (!maker[patched]) {
  maker[patched] = true
  const create = maker.create.bind(PGlite)
  maker.create = async (dataDir, options = {}) => {
    const loadDataDir = !('loadDataDir' in options) && isNew(dataDir) ? await readSnapshot() : undefined

    return create(dataDir, loadDataDir ? { ...options, loadDataDir } : options)
  }
}
