import { readFile, writeFile } from 'node:fs/promises'
import type { Result } from './result.ts'

/** Reads the results that were kept; none where there is no file yet. */
export async function kept(path: string): Promise<readonly Result[]> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '[]')) as readonly Result[]
}

/** Keeps results beside those of other scenarios and seeds, in place of older ones of the same. */
export async function keep(path: string, results: readonly Result[]): Promise<void> {
  const isNew = (old: Result) => results.some(({ name, seed }) => name === old.name && seed === old.seed)
  const all = [...(await kept(path)).filter((old) => !isNew(old)), ...results]
  all.sort((a, b) => a.name.localeCompare(b.name) || a.seed - b.seed)
  await writeFile(path, `${JSON.stringify(all, undefined, 2)}\n`)
}
