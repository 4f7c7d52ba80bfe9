import { isMatcher } from './matcher.ts'

/** A place where a value is not what was expected. */
export interface Difference {
  /** From the outermost field inwards. */
  readonly path: readonly string[]
  readonly expected: unknown
  /** Undefined when there is nothing. */
  readonly actual: unknown
}

/**
 * Compares what is stored with what is expected of it. Objects may have other keys besides; lists and scalars must be
 * equal; null also fits what is missing. Expectations are taken as JSON would store them, matchers decide themselves.
 */
export function compare(expected: unknown, actual: unknown, path: readonly string[] = []): readonly Difference[] {
  return differences(expected, actual, { path, extra: true })
}

interface Place {
  readonly path: readonly string[]
  /** Whether objects may have other keys. */
  readonly extra: boolean
}

function differences(expected: unknown, actual: unknown, place: Place): readonly Difference[] {
  const { path } = place
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? [] : [{ path, expected, actual }]
  const stored = asStored(expected, path)
  if (Array.isArray(stored) && Array.isArray(actual) && stored.length === actual.length) {
    return stored.flatMap((item, index) =>
      differences(item, actual[index], { path: [...path, `${index}`], extra: false }),
    )
  }
  if (isObject(stored) && isObject(actual)) return [...ofKeys(stored, actual, place), ...ofExtra(stored, actual, place)]

  return stored === actual || (stored === null && actual === undefined) ? [] : [{ path, expected: stored, actual }]
}

function ofKeys(expected: object, actual: object, { path, extra }: Place): readonly Difference[] {
  return Object.entries(expected)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => differences(value, own(actual, key), { path: [...path, key], extra }))
}

/** Inside lists, objects must be equal. */
function ofExtra(expected: object, actual: object, { path, extra }: Place): readonly Difference[] {
  if (extra) return []

  return Object.entries(actual)
    .filter(([key]) => own(expected, key) === undefined)
    .map(([key, value]) => ({ path: [...path, key], expected: undefined, actual: value }))
}

/** Dates and the like have a form of their own in JSON. */
function asStored(value: unknown, path: readonly string[]): unknown {
  const toJSON = isObject(value) ? (value as { readonly toJSON?: unknown }).toJSON : undefined

  return typeof toJSON === 'function' ? toJSON.call(value, path.at(-1) ?? '') : value
}

function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Readonly<Record<string, unknown>>)[key] : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
