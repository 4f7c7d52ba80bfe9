import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { expected } from '@staffa/core/plugin'
import type { Storage } from './storage.ts'

/**
 * Keeps results as files below a directory, which is made when it is missing. Every node that runs or reads the jobs
 * must see the same one.
 */
export function fileStorage(directory: string): Storage {
  if (typeof directory !== 'string' || directory === '') throw expected('directory', 'a path', directory)
  const root = resolve(directory)

  return Object.freeze({
    name: 'files',

    put: async (key, bytes) => {
      const path = pathOf(root, key)
      const draft = `${path}.${randomUUID()}.draft`
      await mkdir(dirname(path), { recursive: true })
      try {
        await writeFile(draft, bytes, { flag: 'wx', flush: true })
        await rename(draft, path) // readers see all of it or nothing
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },

    get: async (key) => {
      try {
        return await readFile(pathOf(root, key))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },

    delete: async (key) => rm(pathOf(root, key), { force: true }),
  } satisfies Storage)
}

/** Keys come from the database: none may lead out of the directory. Few files share one below it. */
function pathOf(root: string, key: string): string {
  if (!/^[A-Za-z0-9-]{2,200}$/.test(key)) throw expected('the key of a result', 'of letters, digits and dashes', key)

  return join(root, key.slice(-2), key)
}
