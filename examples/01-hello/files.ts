import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The root of this repository. */
export const root: string = resolve(import.meta.dirname, '../..')

const skipped = /^(node_modules|dist|data|coverage|\..*)$/

/** The Markdown and TypeScript files of the repository, by their paths from its root, in order. */
export async function listFiles(directory = ''): Promise<readonly string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true })
  const paths = entries
    .filter(({ name }) => !skipped.test(name))
    .map(async (entry) => {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isDirectory()) return listFiles(path)

      return entry.isFile() && /\.(md|ts)$/.test(path) ? [path] : []
    })

  return (await Promise.all(paths)).flat().sort()
}
