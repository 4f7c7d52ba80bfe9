/** With more keys, looking through all values for an equal one takes longer than a table of them. */
const mostKeys = 16

/**
 * What devalue writes of a small object that holds nothing but texts, numbers, booleans and nulls, as most results do;
 * undefined for any other value, which is left to devalue.
 */
export function flatText(value: unknown): string | undefined {
  if (!isPlain(value)) return undefined
  const keys = Object.keys(value)
  if (keys.length > mostKeys) return undefined
  const values: unknown[] = []
  let places = ''
  for (const key of keys) {
    const inner: unknown = value[key as never]
    if (!isSimple(key) || key === '__proto__' || !isSimple(inner)) return undefined
    const known = values.indexOf(inner)
    places += `${places && ','}"${key}":${known < 0 ? values.push(inner) : known + 1}`
  }

  return `[{${places}}${values.map(print).join('')}]`
}

/** Equal values are written once, at the place of the first. */
function print(value: unknown): string {
  return typeof value === 'string' ? `,"${value}"` : `,${value}`
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false

  return Object.getPrototypeOf(value) === Object.prototype && Object.getOwnPropertySymbols(value).length === 0
}

/** What JSON writes as it is. */
function isSimple(value: unknown): boolean {
  if (typeof value === 'string') return !special.test(value)
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)

  return typeof value === 'boolean' || value === null
}

const special = /["<\\\p{C}\p{Zl}\p{Zp}]/u
