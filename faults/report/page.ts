import { fileURLToPath } from 'node:url'
import { scenarios } from '../scenarios/index.ts'
import { kept } from './keep.ts'
import type { Result } from './result.ts'
import { table } from './table.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The page that shows the table. */
export const page = at('../../docs/reliability.md')

/** What was seen when the table was written. */
export const results = () => kept(at('../results.json'))

/** The page, with the table of these results between its marks. */
export function withTable(text: string, results: readonly Result[]): string {
  const marks = /(<!-- table: .*? -->)[\s\S]*?(<!-- end of table -->)/

  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n\n${table(scenarios, results)}\n\n${end}`)
}
