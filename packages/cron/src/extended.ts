import { type Field, fields, withoutNames } from './field.ts'
import { splitFields } from './parse.ts'

const weekday: Field = fields[4]

/**
 * Rewrites what people from other crons write in Oban's spelling: names and nicknames in any case, 7 as Sunday (also at
 * the end of a range), `?` for `*`, blanks around it all. What is beyond that is left as it is, for the parser to refuse.
 */
export function toOban(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith('@')) return trimmed.toLowerCase()
  const parts = splitFields(trimmed.toUpperCase())

  return parts.map((part, index) => (index < 2 ? part : toObanField(part, index))).join(' ')
}

function toObanField(part: string, index: number): string {
  if (part === '?' && index !== 3) return '*'
  if (index !== 4) return part

  return part
    .split(/\s*,\s*/)
    .map(toObanWeekday)
    .join(',')
}

/** Only a part that goes up to Sunday is written out as a list; every other one keeps its words. */
function toObanWeekday(part: string): string {
  const [, first, last, step] = /^(\d)(?:-(\d))?(?:\/([1-9]\d?))?$/.exec(withoutNames(part, weekday)) ?? []
  if (first === undefined) return part
  const from = Number(first)
  const to = last === '0' && from > 0 ? 7 : Number(last ?? first)
  if (to !== 7 || from > 7) return part

  return [...new Set(upTo(from, { to, step: Number(step ?? 1) }).map((day) => day % 7))].join(',')
}

function upTo(from: number, { to, step }: { readonly to: number; readonly step: number }): readonly number[] {
  const days: number[] = []
  for (let day = from; day <= to; day += step) days.push(day)

  return days
}
