import type { InsertedJob, Job } from '@staffa/core'
import { resultOf } from './keep-result.ts'
import { table } from './table.ts'
import { countFile, findLongest, knock, lookAtClock } from './workers.ts'

/** What is printed when all jobs have ended. */
export function summary(jobs: readonly Job[], twin: InsertedJob): string {
  const files = jobs.filter(({ worker, state }) => worker === countFile.name && state === 'completed')
  const lines = [flaky(jobs), scheduled(jobs), unique(jobs, twin), ...rescued(jobs), ...gone(jobs), once(files)]

  return `\n${table(files)}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function flaky(jobs: readonly Job[]): string {
  return `flaky      ${knock.name} succeeded in attempt ${find(jobs, knock.name)?.attempt}`
}

function scheduled(jobs: readonly Job[]): string {
  const late = resultOf(lookAtClock, find(jobs, lookAtClock.name))?.late

  return `scheduled  ${lookAtClock.name} was due after 2 s and began ${late} ms later`
}

function unique(jobs: readonly Job[], twin: InsertedJob): string {
  const { length } = jobs.filter(({ worker }) => worker === findLongest.name)
  const longest = resultOf(findLongest, find(jobs, findLongest.name))
  const stored = `inserted twice, stored ${length === 1 ? 'once' : `${length} times`} (job ${twin.id})`

  return `unique     ${findLongest.name} was ${stored}: ${longest?.path} has ${longest?.lines} lines`
}

/** The jobs that were executing when a process was killed. Their new attempt is the only work done again. */
function rescued(jobs: readonly Job[]): readonly string[] {
  const { length } = jobs.filter(({ meta }) => meta.rescued !== undefined)

  return length === 0 ? [] : [`rescued    ${length} jobs were executing when the program was killed, and ran again`]
}

/** Files that were there when their jobs were inserted, and no longer when those ran. */
function gone(jobs: readonly Job[]): readonly string[] {
  const { length } = jobs.filter(({ state }) => state === 'cancelled')

  return length === 0 ? [] : [`gone       ${length} jobs were cancelled, for their files are gone`]
}

function once(files: readonly Job[]): string {
  const { size } = new Set(files.map(({ args }) => args.path))

  return `once       ${files.length} jobs counted ${size} files`
}

function find(jobs: readonly Job[], name: string): Job | undefined {
  return jobs.find(({ worker }) => worker === name)
}
