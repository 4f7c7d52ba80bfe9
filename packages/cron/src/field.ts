import type { Problem, Reason } from './invalid.ts'

/** One of the five fields of an expression. */
export interface Field {
  readonly name: 'minute' | 'hour' | 'day' | 'month' | 'weekday'
  readonly from: number
  readonly to: number
  /** Names of values, the first for 0 or 1: upper-case, as Oban takes them. */
  readonly names: readonly string[]
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const
const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

/** The fields in the order in which they are written. */
export const fields = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day', from: 1, to: 31, names: [] },
  { name: 'month', from: 1, to: 12, names: monthNames },
  { name: 'weekday', from: 0, to: 6, names: weekdayNames },
] as const satisfies readonly Field[]

/** The values that a field's text lists, in ascending order; or what is wrong with it. */
export function parseField(text: string, field: Field): ReadonlySet<number> | Problem {
  const values = new Set<number>()
  for (const part of withoutNames(text, field).split(/[ \t\n\v\f\r]*,[ \t\n\v\f\r]*/)) {
    const range = parsePart(part, field)
    if ('reason' in range) return range
    values.add(range.first)
    // Beyond the field nothing is listed but the number itself: one that is very large stays the same when counted up.
    const last = Math.min(range.last, field.to)
    for (let value = range.first; value <= last; value += range.step) values.add(value)
  }

  const outside = [...values].find((value) => value < field.from || value > field.to)
  if (outside !== undefined) return outOfRange(field, outside)

  return new Set([...values].sort((a, b) => a - b))
}

/** Names are replaced wherever they stand, as Oban does. */
export function withoutNames(text: string, { names, from }: Field): string {
  return names.reduce((current, name, index) => current.replaceAll(name, String(index + from)), text)
}

interface Range {
  readonly first: number
  readonly last: number
  readonly step: number
}

// All, a number or a range, each with a step or without. Bounds are checked before anything is expanded.
function parsePart(part: string, field: Field): Range | Problem {
  const { all, first, last, step } =
    /^(?:(?<all>\*)|(?<first>\d+)(?:-(?<last>\d+))?)(?:\/(?<step>[1-9]\d?))?$/.exec(part)?.groups ?? {}
  if (all === undefined && first === undefined) return unrecognized(part, field)
  const stride = Number(step ?? 1)
  if (all !== undefined) return { first: field.from, last: field.to, step: stride }

  return bounded(
    { first: Number(first), last: lastOf({ first, last, step }, field), step: stride },
    { field, ranged: last !== undefined },
  )
}

type Groups = Readonly<Record<string, string | undefined>>

function lastOf({ first, last, step }: Groups, { to }: Field): number {
  if (last !== undefined) return Number(last)

  return step === undefined ? Number(first) : to
}

function bounded(
  range: Range,
  { field, ranged }: { readonly field: Field; readonly ranged: boolean },
): Range | Problem {
  const { first, last } = range
  if (ranged && (first < field.from || last > field.to)) return outOfRange(field, last > field.to ? last : first)
  if (first > last) return problem('order', `expected the ${field.name} to rise, got ${first} to ${last}`)

  return range
}

function outOfRange({ name, from, to }: Field, got: number): Problem {
  const sunday = name === 'weekday' && got === 7 ? `: Sunday is 0, and 7 only in the dialect "extended"` : ''

  return problem('range', `expected a ${name} from ${from} to ${to}, got ${got}${sunday}`)
}

function unrecognized(part: string, { name, names }: Field): Problem {
  const upper = part.toUpperCase()
  const meant =
    upper !== part && names.some((known) => upper.includes(known)) ? `, did you mean ${JSON.stringify(upper)}?` : ''
  const forms = `*, a number${names.length > 0 ? ` or a name such as ${names[1]}` : ''}, a range, or one of them with a step`

  return problem('unrecognized', `expected the ${name} to be ${forms}, got ${JSON.stringify(part)}${meant}`)
}

function problem(reason: Reason, message: string): Problem {
  return { reason, message }
}
