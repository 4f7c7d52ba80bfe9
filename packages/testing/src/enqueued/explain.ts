import { inspect } from 'node:util'
import type { Job } from '@staffa/core'
import type { Difference } from './compare.ts'
import type { Asked, Filter } from './filter.ts'
import { isMatcher, nameOf } from './matcher.ts'

/** How many jobs a message shows. */
const most = 10

/** Says that no job fits: what was asked, the nearest miss with what differs marked, and what else was there. */
export function explainNone({ asked, states }: Filter, jobs: readonly Job[], where: string): string {
  const wanted = `expected a job to be ${where} with\n\n${wants(asked)}\n\n`
  const [nearest, ...others] = byDistance(jobs, asked)
  if (!nearest) return `${wanted}got no job at all${states.length > 0 ? ` that is ${either(states)}` : ''}`

  return [
    `${wanted}got ${count(jobs)}, but none that fits. The nearest is job ${nearest.id}:\n`,
    asked.flatMap((field) => marked(field, nearest)).join('\n'),
    ...(others.length > 0 ? [`\nThe others:\n\n${list(others, asked)}`] : []),
  ].join('\n')
}

/** Says that jobs fit though none should. */
export function explainSome({ asked }: Filter, fits: readonly Job[], where: string): string {
  return `expected no job to be ${where} with\n\n${wants(asked)}\n\ngot ${count(fits)}:\n\n${list(fits, asked)}`
}

function either(states: readonly string[]): string {
  return states.join(', ').replace(/, ([^,]*)$/, ' or $1')
}

function wants(asked: readonly Asked[]): string {
  if (asked.length === 0) return '    anything'

  return asked.map(({ name, value }) => `    ${name}: ${show(value)}`).join('\n')
}

function count({ length }: readonly Job[]): string {
  return length === 1 ? 'one job' : `${length} jobs`
}

/** A job of another worker is farther away than one of another queue, and that farther than one of other args. */
const weights: Readonly<Record<string, number>> = { worker: 100, queue: 10 }

function byDistance(jobs: readonly Job[], asked: readonly Asked[]): readonly Job[] {
  const distance = (job: Job) =>
    asked.reduce((sum, field) => sum + field.differences(job).length * (weights[field.name] ?? 1), 0)

  return jobs.toSorted((a, b) => distance(a) - distance(b) || b.id - a.id)
}

function marked(field: Asked, job: Job): readonly string[] {
  const differences = field.differences(job)
  if (differences.length === 0) return [`    ${field.name}: ${show(field.of(job))}`]

  return differences.flatMap(({ path, expected, actual }: Difference) => [
    `  - ${path.join('.')}: ${show(expected)}`,
    `  + ${path.join('.')}: ${show(actual)}`,
  ])
}

function list(jobs: readonly Job[], asked: readonly Asked[]): string {
  const lines = jobs.slice(0, most).map((job) => {
    const fields = asked.map(({ name, of }) => `${name}: ${show(of(job))}`)

    return `    job ${job.id}: ${asked.length > 0 ? fields.join(', ') : `worker: ${show(job.worker)}`}`
  })

  return [...lines, ...(jobs.length > most ? [`    and ${jobs.length - most} more`] : [])].join('\n')
}

function show(value: unknown): string {
  if (value === undefined) return '(nothing)'

  return inspect(printable(value), { depth: 10, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 500 })
}

/** Matchers print as their names, also deep inside. */
function printable(value: unknown): unknown {
  if (isMatcher(value)) return { [inspect.custom]: () => nameOf(value) }
  if (Array.isArray(value)) return value.map(printable)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value

  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printable(inner)]))
}
