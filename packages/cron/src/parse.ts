import { type Field, fields, parseField } from './field.ts'
import { invalid, type Problem } from './invalid.ts'

/** The values that each field lists, in ascending order. */
export type Fields = { readonly [Name in (typeof fields)[number]['name']]: ReadonlySet<number> }

/** What an expression says: the minutes that it lists, or `@reboot`. */
export type Parsed = Fields | '@reboot'

const nicknames: Readonly<Record<string, string>> = Object.freeze({
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
})

/** The longest that each month can be, January first. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Reads an expression by Oban's grammar, or throws `INVALID_EXPRESSION`. */
export function parse(text: string): Parsed {
  if (typeof text !== 'string') throw invalid('', { reason: 'fields', message: `expected text, got ${typeof text}` })
  if (text === '@reboot') return text

  const parts = splitFields((Object.hasOwn(nicknames, text) && nicknames[text]) || text)
  if (parts.length < fields.length) throw invalid(text, tooFew(text, parts))
  const parsed = fields.map((field: Field, index) => {
    const values = parseField(parts[index] ?? '', field)
    if ('reason' in values) throw invalid(text, values)

    return [field.name, values] as const
  })

  return possible(text, parts, Object.fromEntries(parsed) as unknown as Fields)
}

/** At most five parts: the last keeps whatever follows, blanks included. Blanks are those of ASCII. */
export function splitFields(text: string): readonly string[] {
  const parts: string[] = []
  let rest = text.replace(/^[ \t\n\v\f\r]+/, '')
  for (let blank = firstBlank(rest); blank && parts.length < 4; blank = firstBlank(rest)) {
    parts.push(rest.slice(0, blank.index))
    rest = rest.slice(blank.index + blank[0].length)
  }

  return rest === '' ? parts : [...parts, rest]
}

function firstBlank(text: string): RegExpExecArray | null {
  return /[ \t\n\v\f\r]+/.exec(text)
}

function tooFew(text: string, parts: readonly string[]): Problem {
  const nickname = text.trim().toLowerCase()
  const meant = nickname === '@reboot' || Object.hasOwn(nicknames, nickname) ? `, did you mean "${nickname}"?` : ''
  const message = `expected five fields (minute, hour, day, month, weekday) or a nickname such as @daily, got ${parts.length}`

  return { reason: 'fields', message: message + meant }
}

/** When both day and month are restricted, some day must occur in some month. February has 29. */
function possible(text: string, parts: readonly string[], parsed: Fields): Fields {
  if (parts[2] === '*' || parts[3] === '*') return parsed
  const earliest = Math.min(...parsed.day)
  if ([...parsed.month].some((month) => earliest <= (longest[month - 1] ?? 0))) return parsed

  throw invalid(text, {
    reason: 'never',
    message: `expected a day that its months have, got ${parts[2]} in ${parts[3]}`,
  })
}
