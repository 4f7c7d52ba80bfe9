import { PGlite } from '@electric-sql/pglite'
import type { Database } from '@staffa/core/internal'
import { pglite } from '@staffa/pglite'
import { readSnapshot, writeSnapshot } from './snapshot.ts'

/** As they were before a test could replace them by fake ones. */
const { setTimeout, clearTimeout } = globalThis

/** How long the database waits for its next borrower, in milliseconds. Open, it keeps the process alive. */
const patience = 500

let booted: Promise<PGlite> | undefined
let closing: NodeJS.Timeout | undefined
let borrowers = 0

export interface Borrowed {
  readonly database: Database
  readonly giveBack: () => void
  readonly runScript: (text: string) => Promise<unknown>
}

/** The in-memory database that all instances of this process share; each has a schema of its own there. */
export async function borrowMemory(): Promise<Borrowed> {
  clearTimeout(closing)
  borrowers += 1
  booted ??= boot()
  const memory = await booted

  return { database: pglite(memory), giveBack, runScript: (text) => memory.exec(text) }
}

function giveBack(): void {
  borrowers -= 1
  if (borrowers === 0) closing = setTimeout(close, patience)
}

async function close(): Promise<void> {
  const opened = booted
  booted = undefined
  await (await opened)?.close()
}

/** A cluster that was made before starts many times faster than a new one is made. */
async function boot(): Promise<PGlite> {
  const loadDataDir = await readSnapshot()
  if (loadDataDir) {
    const loaded = await PGlite.create('memory://', { loadDataDir }).catch(() => undefined)
    if (loaded) return loaded
  }

  const made = await PGlite.create('memory://')
  await made.exec('CHECKPOINT')
  await writeSnapshot(await made.dumpDataDir('none'))

  return made
}
