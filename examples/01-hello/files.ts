import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Where the files are that are counted: in this repository, or in another directory that is given. */
export const root: string = resolve(process.argv[3] ?? join(import.meta.dirname, '../..'))

const skipped = /^(node_modules|dist|data|coverage|\..*)$/

/** The Markdown and TypeScript files, by their paths from the root, in order. */
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
