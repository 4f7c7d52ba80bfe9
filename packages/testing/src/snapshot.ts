import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'

/** Reads the kept data directory of an empty database; undefined when there is none. */
export async function readSnapshot(): Promise<Blob | undefined> {
  try {
    return new Blob([await readFile(await pathOfSnapshot())])
  } catch {
    return undefined
  }
}

/** Keeps a data directory for other processes. It is only for speed: where nothing can be written, nothing is. */
export async function writeSnapshot(dump: Blob): Promise<void> {
  let draft: string | undefined
  try {
    draft = join(directory(), randomBytes(6).toString('hex'))
    await mkdir(directory(), { recursive: true })
    await writeFile(draft, dump.stream())
    await rename(draft, await pathOfSnapshot())
  } catch {
    if (draft !== undefined) await rm(draft, { force: true })
  }
}

/** In the `node_modules` that holds PGlite: it goes when they go, and belongs to whoever installed them. */
function directory(): string {
  const [root = ''] = entry().split(`${sep}node_modules${sep}`)

  return join(root, 'node_modules', '.cache', 'staffa')
}

async function pathOfSnapshot(): Promise<string> {
  const manifest = join(entry(), '../../package.json')
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string }

  return join(directory(), `pglite-${version}.tar`)
}

/** The file that `require('@electric-sql/pglite')` would load: every runner knows `require`. */
function entry(): string {
  return createRequire(import.meta.url).resolve('@electric-sql/pglite')
}
