import type { Json, JsonObject } from '../job/json.ts'
import { type CoreErrorCode, StaffaError } from '../support/errors.ts'

/** What the value is: args, meta, or an option that is no part of a job. */
type Subject = 'args' | 'meta' | (string & {})

/** More levels than anybody needs, and far fewer than exhaust the stack of a process or of the database. */
const deepest = 500

const wellFormed = 'text without NUL characters and lone surrogates'

/** How much of a path is shown, in characters. */
const longestPath = 200

/** Copies an object that is about to be stored, frozen all the way down, or throws for what JSON cannot hold. */
export function storable(value: unknown, subject: Subject): JsonObject {
  if (!isPlainObject(value)) throw unstorable({ subject, path: [] }, 'a plain object', kindOf(value))

  return copyObject(value, { subject, object: value, key: '', around: undefined, depth: 0 })
}

/** An object or a list that is being copied, and where it lies. */
interface Place {
  readonly subject: Subject
  readonly object: object
  /** The key, or the index, that it lies at in the one around it. */
  readonly key: string | number
  readonly around: Place | undefined
  readonly depth: number
}

function copy(value: unknown, around: Place, key: string | number): Json {
  switch (typeof value) {
    case 'string':
      if (isStorable(value)) return value
      throw unstorable(at(around, key), wellFormed, 'text')
    case 'number':
      if (Number.isFinite(value)) return value + 0 // JSON has no minus nothing
      break
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      if (Array.isArray(value)) return copyArray(value, enter(value, around, key))
      if (isPlainObject(value)) return copyObject(value, enter(value, around, key))
      break
  }

  throw unstorable(at(around, key), 'something that JSON can hold', kindOf(value))
}

function copyArray(list: readonly unknown[], place: Place): readonly Json[] {
  return Object.freeze(Array.from(list, (value, index) => copy(value, place, index)))
}

function copyObject(object: object, place: Place): JsonObject {
  const copied: Record<string, Json> = {}
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue
    if (!isStorable(key)) throw unstorable(at(place), wellFormed, 'text')
    put(copied, key, copy(value, place, key))
  }

  return Object.freeze(copied)
}

/** Assigning to this one key would change what the object inherits. */
function put(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true })
  else object[key] = value
}

/** Nothing is made for a value that has none inside: a copy is made of every job. */
function enter(object: object, around: Place, key: string | number): Place {
  for (let place: Place | undefined = around; place; place = place.around) {
    if (place.object === object)
      throw unstorable(at(around, key), 'free of cycles', 'a reference to an object around it')
  }
  const depth = around.depth + 1
  if (depth >= deepest) {
    const { subject, path } = at(around, key)
    throw unstorable({ subject, path: path.slice(0, 5) }, `at most ${deepest} levels deep`, 'more')
  }

  return { subject: around.subject, object, key, around, depth }
}

interface Address {
  readonly subject: Subject
  readonly path: readonly string[]
}

/** Where an object lies, or what it has at a key. */
function at(place: Place, key?: string | number): Address {
  const path = key === undefined ? [] : [String(key)]
  for (let inner = place; inner.around; inner = inner.around) path.unshift(String(inner.key))

  return { subject: place.subject, path }
}

/** PostgreSQL's text and JSON can hold neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
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
function unstorable({ subject, path }: Address, rule: string, got: string): StaffaError {
  const full = [subject, ...path].join('.')
  const place = full.length > longestPath ? `${full.slice(0, longestPath)}…` : full

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
