import type { Json, JsonObject } from '../job/json.ts'
import { type CoreErrorCode, StaffaError } from '../support/errors.ts'

/** What the value is: args, meta, or an option that is no part of a job. */
type Subject = 'args' | 'meta' | (string & {})

/** More levels than anybody needs, and far fewer than exhaust the stack of a process or of the database. */
const deepest = 500

/** How much of a path is shown, in characters. */
const longestPath = 200

/** Copies an object that is about to be stored, frozen all the way down, or throws for what JSON cannot hold. */
export function storable(value: unknown, subject: Subject): JsonObject {
  if (!isPlainObject(value)) throw unstorable({ subject, path: [] }, 'a plain object', kindOf(value))

  return copyObject(value, { subject, path: [], above: new Set() })
}

interface Place {
  readonly subject: Subject
  readonly path: readonly string[]
  /** The objects that this value lies in: meeting one of them again would never end. */
  readonly above: ReadonlySet<object>
}

function copy(value: unknown, place: Place): Json {
  switch (typeof value) {
    case 'string':
      return text(value, place)
    case 'number':
      if (Number.isFinite(value)) return value + 0 // JSON has no minus nothing
      break
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      if (Array.isArray(value)) return copyArray(value, place)
      if (isPlainObject(value)) return copyObject(value, place)
      break
  }

  throw unstorable(place, 'something that JSON can hold', kindOf(value))
}

function copyArray(list: readonly unknown[], place: Place): readonly Json[] {
  const inside = enter(list, place)

  return Object.freeze(
    Array.from(list, (value, index) => copy(value, { ...inside, path: [...place.path, String(index)] })),
  )
}

function copyObject(object: object, place: Place): JsonObject {
  const inside = enter(object, place)
  const entries = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [text(key, place), copy(value, { ...inside, path: [...place.path, key] })] as const)

  return Object.freeze(Object.fromEntries(entries))
}

function enter(value: object, place: Place): Place {
  if (place.above.has(value)) {
    throw unstorable(place, 'free of cycles', 'a reference to an object around it')
  }
  if (place.above.size >= deepest) {
    throw unstorable({ ...place, path: place.path.slice(0, 5) }, `at most ${deepest} levels deep`, 'more')
  }

  return { ...place, above: new Set(place.above).add(value) }
}

/** PostgreSQL's text and JSON can hold neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function text(value: string, place: Place): string {
  if (!isStorable(value)) {
    throw unstorable(place, 'text without NUL characters and lone surrogates', 'text')
  }

  return value
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)

  return prototype === Object.prototype || prototype === null || isForeignObject(prototype)
}

/** Objects from another realm, as test runners make them, have an Object.prototype of their own. */
function isForeignObject(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

const codes = new Map<Subject, CoreErrorCode>([
  ['args', 'INVALID_ARGS'],
  ['meta', 'INVALID_META'],
])

/** Args may be secret: the message tells where and what kind, not the value. */
function unstorable({ subject, path }: Omit<Place, 'above'>, rule: string, got: string): StaffaError {
  const at = [subject, ...path].join('.')
  const place = at.length > longestPath ? `${at.slice(0, longestPath)}…` : at

  return new StaffaError(codes.get(subject) ?? 'INVALID_OPTION', `expected ${place} to be ${rule}, got ${got}`, {
    data: { path: [...path] },
  })
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return 'text'
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : `an instance of ${nameOf(value)}`

  return value === undefined ? 'undefined' : `a ${typeof value}`
}

function nameOf(value: object): string {
  const { name } = (value.constructor ?? {}) as { readonly name?: unknown }

  return typeof name === 'string' ? name.slice(0, 100) : 'an unnamed class'
}
