import type { Job } from '@staffa/core'
import { type Count, counted } from './count.ts'
import { resultOf } from './keep-result.ts'
import { countFile } from './workers.ts'

/** The table at the end: what the completed jobs of `count-file` counted, by kind of file. */
export function table(jobs: readonly Job[]): string {
  const rows = [
    ['', 'files', ...counted],
    row('Markdown', jobs.filter(isOf('.md'))),
    row('TypeScript', jobs.filter(isOf('.ts'))),
    row('together', jobs),
  ]

  return rows.map(([name = '', ...cells]) => `  ${name.padEnd(10)}${cells.map(pad).join('')}\n`).join('')
}

function row(name: string, jobs: readonly Job[]): readonly string[] {
  const counts = jobs.map((job) => resultOf(countFile, job))
  const total = (what: keyof Count) => counts.reduce((sum, one) => sum + (one?.[what] ?? 0), 0)

  return [name, ...[jobs.length, ...counted.map(total)].map((number) => number.toLocaleString('en'))]
}

function isOf(ending: string): (job: Job) => boolean {
  return ({ args }) => String(args.path).endsWith(ending)
}

function pad(cell: string): string {
  return (cell === '0' ? '–' : cell).padStart(10)
}
