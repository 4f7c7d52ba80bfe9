import fc from 'fast-check'
import { expect, describe as suite, test } from 'vitest'
import type { JsonObject } from '../job/json.ts'
import { describe } from './describe.ts'
import { canonical, fingerprint } from './fingerprint.ts'
import type { JobOptions } from './options.ts'
import type { UniqueOption } from './unique.ts'

const mark = (args: unknown, unique: UniqueOption = true, options: JobOptions = {}) =>
  fingerprint(describe({ name: 'w' }, args, { ...options, unique }))

const anyObject = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>

test('a job that is not unique has none', () => {
  expect(fingerprint(describe({ name: 'w' }, {}))).toBe(undefined)
})

test('it is 128 bits in hexadecimal, and the same tomorrow', () => {
  expect(mark({ to: 'ann@example.com', n: 1 })).toBe('fd1e60f13b2a42e2f5766f3097506500')
})

test('the order of keys does not matter, at any depth', () => {
  fc.assert(
    fc.property(anyObject, (args) => {
      expect(mark(reversed(args))).toBe(mark(args))
    }),
  )
})

test('different args differ, and equal ones do not', () => {
  fc.assert(
    fc.property(anyObject, anyObject, (one, other) => {
      expect(mark(one) === mark(other)).toBe(isSame(one, other))
    }),
  )
})

test.each([
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: [1, 1] }, { a: [1] }],
  [{ a: 1 }, { a: '1' }],
  [{ a: null }, {}],
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: { b: 1 } }, { 'a:b': 1 }],
  [{ a: '"},{"' }, { a: '' }],
])('%j is not %j', (one, other) => {
  expect(mark(one)).not.toBe(mark(other))
})

suite('the fields that count', () => {
  test.each([
    [{ queue: 'other' }, ['worker', 'queue', 'args'], false],
    [{ queue: 'other' }, ['worker', 'args'], true],
    [{ meta: { a: 1 } }, ['worker', 'args'], true],
    [{ meta: { a: 1 } }, ['worker', 'args', 'meta'], false],
    [{ priority: 3, tags: ['x'] }, ['worker', 'queue', 'args', 'meta'], true],
  ] as const)('%j among %j: the same is %s', (options, fields, same) => {
    expect(mark({ id: 1 }, { fields }, options) === mark({ id: 1 }, { fields })).toBe(same)
  })

  test('count in any order', () => {
    expect(mark({ id: 1 }, { fields: ['args', 'worker'] })).toBe(mark({ id: 1 }, { fields: ['worker', 'args'] }))
  })

  test('another worker is another job', () => {
    const other = fingerprint(describe({ name: 'other' }, {}, { unique: true }))

    expect(mark({})).not.toBe(other)
  })
})

suite('the keys that count', () => {
  const keys = ['id', 'to']

  test('are compared, and no others', () => {
    expect(mark({ id: 1, to: 'a', x: 1 }, { keys })).toBe(mark({ to: 'a', id: 1, x: 2 }, { keys }))
    expect(mark({ id: 1, to: 'a' }, { keys })).not.toBe(mark({ id: 1, to: 'b' }, { keys }))
    expect(mark({ id: 1 }, { keys })).not.toBe(mark({ id: 1, to: 'a' }, { keys }))
    expect(mark({ id: 1, to: 'a' }, { keys: ['to', 'id'] })).toBe(mark({ id: 1, to: 'a' }, { keys }))
  })

  test('may be in the meta', () => {
    const fields = ['worker', 'meta'] as const
    const one = mark({ x: 1 }, { fields, keys }, { meta: { id: 1, y: 1 } })

    expect(mark({ x: 2 }, { fields, keys }, { meta: { id: 1, y: 2 } })).toBe(one)
    expect(mark({ x: 1 }, { fields, keys }, { meta: { id: 2 } })).not.toBe(one)
  })

  test('a job with args and with none of the keys is like no other', () => {
    expect(mark({ x: 1 }, { keys })).toBe(undefined)
    expect(mark({ toString: 1 }, { keys: ['valueOf'] })).toBe(undefined)
  })

  test('jobs without any args are like each other', () => {
    expect(mark({}, { keys })).toBe(mark({}, { keys }))
    expect(mark({}, { keys })).not.toBe(undefined)
  })
})

test('canonical text reads back as the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonical(value as never))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('members that are undefined do not count', () => {
  expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}')
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value

  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  )
}

/** Whether two values are equal as the database sees them. */
function isSame(one: unknown, other: unknown): boolean {
  try {
    expect(JSON.parse(JSON.stringify(one))).toStrictEqual(JSON.parse(JSON.stringify(other)))
    return true
  } catch {
    return false
  }
}
