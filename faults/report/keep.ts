import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Result } from './result.ts'

/** Reads the results that were kept; none where there is no file yet. */
export function kept(path: string): readonly Result[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Result[]) : []
}

/** Keeps results beside those of other scenarios and seeds, in place of older ones of the same. */
export function keep(path: string, results: readonly Result[]): void {
  const isNew = (old: Result) => results.some(({ name, seed }) => name === old.name && seed === old.seed)
  const all = [...kept(path).filter((old) => !isNew(old)), ...results]
  all.sort((a, b) => a.name.localeCompare(b.name) || a.seed - b.seed)
  writeFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`)
}
