import { inspect } from 'node:util'
import fc, { type Arbitrary } from 'fast-check'
import { afterAll, beforeAll } from 'vitest'
import { isStaffaError } from '../../src/index.ts'

/** How many cases each suite tries. */
export const numRuns = 10_000

/** Has the errors of this file be made without stacks, which takes longer than what they are thrown for. */
export function withoutStacks(): void {
  const { stackTraceLimit } = Error
  beforeAll(() => {
    Error.stackTraceLimit = 0
  })
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit
  })
}

/** Words that mean something to JavaScript, to SQL, or to a table of ours. */
const words = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'then', 'length'],
  ...[
    '*',
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udc00x',
    '💥',
    "'",
    '"',
    '\\',
    '`',
    '$$',
    '$1',
    "'; DROP TABLE oban_jobs; --",
  ],
  ...['infinity', '-infinity', 'NaN', 'now()', '1e400', '\n', '\t', '\u2028', 'x'.repeat(200), 'é'.repeat(2_000)],
]

/** Numbers at the edges of what something or other can hold. */
const edges = [
  ...[0, -0, 1, -1, 0.5, 1e-9, 1e21, 1e308, 2 ** 15, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 63)],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE],
]

/** Values whose likes no generator makes. Each call makes them anew. */
const oddities: readonly (() => unknown)[] = [
  () => Symbol('symbol'),
  () => () => {},
  () => class Odd {},
  () => Object.create(null),
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  () => ({ toString: null, valueOf: null }),
  () => ({ toString: () => ({}), [Symbol.toPrimitive]: undefined, toJSON: () => undefined }),
  () => ({ length: -1, 0: 'array-like' }),
  () => new Date(Number.NaN),
  () => new Date(8.64e15),
  () => new Proxy({}, {}),
  () => new (class Instance {})(),
  () => new Array(3),
  () => Object.assign(new Array(3), { 1: 'between holes' }),
  () => circle(),
  () => deep,
  () => Promise.resolve(1),
  () => new Error('an error'),
  () => 10n ** 30n,
  () => /x/g,
  () => Buffer.from('bytes'),
]

function circle(): object {
  const list: unknown[] = []
  list.push({ list })

  return { list }
}

/** An object so deep that a function which follows it without care runs out of stack. */
export function nested(levels: number): object {
  let value: object = {}
  for (let level = 0; level < levels; level += 1) value = { value }

  return Object.assign(value, { [fc.toStringMethod]: () => `nested(${levels})` })
}

const deep = nested(20_000)

/** Anything at all, as a caller without a compiler may pass it. */
export const junk: Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(undefined, null, true, false, ...words, ...edges) },
  { weight: 2, arbitrary: fc.constantFrom(...oddities).map((make) => make()) },
  {
    weight: 1,
    arbitrary: fc.anything({
      ...{ maxDepth: 2, maxKeys: 3, withBigInt: true, withBoxedValues: true, withDate: true, withMap: true },
      ...{
        withSet: true,
        withSparseArray: true,
        withNullPrototype: true,
        withTypedArray: true,
        withObjectString: true,
      },
    }),
  },
)

/**
 * Objects that are nearly right: each field is one of the examples, junk, or missing, and now and then there is one
 * more. Where everything is junk, the first check is the only one that is ever reached.
 */
export function nearly(examples: Readonly<Record<string, readonly unknown[]>>): Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(examples).map(([name, good]) => {
    const value = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: around(good) })

    return [name, value] as const
  })
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [] })
  const strange = fc.record({ name: fc.constantFrom(...words, 'limit', 'args'), value: junk })

  return fc.oneof(
    { weight: 12, arbitrary: known },
    {
      weight: 1,
      arbitrary: fc.tuple(known, strange).map(([object, { name, value }]) => withField(object, name, value)),
    },
  )
}

/** Junk, what holds an example and junk, or an example with junk somewhere inside. */
function around(good: readonly unknown[]): Arbitrary<unknown> {
  const inside = fc.oneof(fc.constantFrom(...good), junk)
  const deep = good.filter((value) => fieldsOf(value).length > 0)
  const mangled = deep.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...deep).chain(mangle) }]

  return fc.oneof(
    junk,
    fc.array(inside, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), inside),
    ...mangled,
  )
}

/** Puts junk in the place of one of the values inside, at any depth. */
function mangle(value: unknown): Arbitrary<unknown> {
  const fields = fieldsOf(value)
  if (fields.length === 0) return junk

  return fc.constantFrom(...fields).chain(([name, inner]): Arbitrary<unknown> => {
    const instead = fc.oneof(junk, mangle(inner))
    if (Array.isArray(value)) return instead.map((other) => value.with(Number(name), other))

    return instead.map((other) => withField(value as object, name, other))
  })
}

function fieldsOf(value: unknown): readonly (readonly [name: string, inner: unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype

  return isPlain ? Object.entries(value) : []
}

/** Sets a key as `JSON.parse` does: `__proto__` becomes a field like any other. */
function withField(object: object, name: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([...Object.entries(object), [name, value]])
}

/** Runs what may be refused: with an error of ours that has a code and a message of a readable length. */
export function refusing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    checkRefusal(error)

    return undefined
  }
}

/** Throws for what is no refusal in our words. */
export function checkRefusal(error: unknown): void {
  const isOurs = isStaffaError(error) && typeof error.code === 'string' && error.message.length < 2_000
  if (!isOurs) throw new Error(`expected an error of Staffa's, got ${inspect(error).slice(0, 2_000)}`)
}

/** Options, most of them nearly right, some nothing of the kind. */
export function perhaps<T>(nearlyRight: Arbitrary<T>): Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: nearlyRight }, { weight: 1, arbitrary: junk })
}

/** Tells whether something has left its marks on what all objects share. */
export function pollution(): readonly string[] {
  const shared = [Object.prototype, Array.prototype, Function.prototype]

  return shared.flatMap((prototype) => Object.keys(prototype))
}
