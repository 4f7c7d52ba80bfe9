import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { storable } from './storable.ts'

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
const anyJson = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString')), tie('json'), { maxKeys: 4 }),
  ),
})).json
const anyObject = fc.dictionary(text, fc.oneof(anyJson, fc.jsonValue()))

test('what JSON can hold comes out as it would from the database', () => {
  fc.assert(
    fc.property(anyObject, (args) => {
      expect(storable(args, 'args')).toEqual(JSON.parse(JSON.stringify(args)))
    }),
  )
})

test('the copy is frozen all the way down, and the original is left alone', () => {
  fc.assert(
    fc.property(anyObject, (args) => {
      const before = structuredClone(args)
      expect(isDeepFrozen(storable(args, 'args'))).toBe(true)
      expect(args).toEqual(before)
    }),
  )
  const args = { list: [{ a: 1 }] }
  storable(args, 'args')
  expect(Object.isFrozen(args.list)).toBe(false)
})

test('what is not JSON anywhere is refused, with the path to it', () => {
  const bad = fc.constantFrom<unknown>(
    () => 1,
    1n,
    Symbol('s'),
    Number.NaN,
    Infinity,
    new Date(0),
    '\0',
    '\ud800',
    new Map(),
  )
  const path = fc.array(fc.constantFrom('a', 'b', 0), { minLength: 1, maxLength: 5 })

  fc.assert(
    fc.property(bad, path, (value, [first, ...steps]) => {
      const inner = steps.reduceRight<unknown>((inside, step) => (step === 0 ? [inside] : { [step]: inside }), value)
      expect(problem({ [String(first)]: inner })).toMatchObject({
        code: 'INVALID_ARGS',
        message: expect.stringContaining(`expected args.${[first, ...steps].join('.')} to be`),
        data: { path: [first, ...steps].map(String) },
      })
    }),
  )
})

describe('each kind of thing that JSON cannot hold is named', () => {
  class Money {}

  test.each([
    [{ to: () => 'ann' }, 'expected args.to to be something that JSON can hold, got a function'],
    [{ id: 1n }, 'expected args.id to be something that JSON can hold, got a bigint'],
    [{ id: Symbol('s') }, 'expected args.id to be something that JSON can hold, got a symbol'],
    [{ sum: Number.NaN }, 'expected args.sum to be something that JSON can hold, got NaN'],
    [{ sum: -Infinity }, 'expected args.sum to be something that JSON can hold, got -Infinity'],
    [{ at: new Date(0) }, 'expected args.at to be something that JSON can hold, got an instance of Date'],
    [{ sum: new Money() }, 'expected args.sum to be something that JSON can hold, got an instance of Money'],
    [{ list: [undefined] }, 'expected args.list.0 to be something that JSON can hold, got undefined'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    [{ list: [1, , 3] }, 'expected args.list.1 to be something that JSON can hold, got undefined'],
    [{ to: 'a\0b' }, 'expected args.to to be text without NUL characters and lone surrogates, got text'],
    [{ to: '\udc00' }, 'expected args.to to be text without NUL characters and lone surrogates, got text'],
    [{ a: { 'k\0': 1 } }, 'expected args.a to be text without NUL characters and lone surrogates, got text'],
    [[1], 'expected args to be a plain object, got an array'],
    ['text', 'expected args to be a plain object, got text'],
    [null, 'expected args to be a plain object, got null'],
    [undefined, 'expected args to be a plain object, got undefined'],
    [new Money(), 'expected args to be a plain object, got an instance of Money'],
  ])('%o', (args, message) => {
    expect(problem(args)).toMatchObject({ code: 'INVALID_ARGS', message })
  })
})

test('a circle is refused where it closes; the same object twice is not a circle', () => {
  const circle: Record<string, unknown> = { a: { list: [] } }
  Object.assign(circle.a as object, { list: [circle] })
  const shared = { x: 1 }

  expect(problem(circle)).toMatchObject({
    message: 'expected args.a.list.0 to be free of cycles, got a reference to an object around it',
  })
  expect(storable({ a: shared, b: [shared, shared] }, 'args')).toEqual({ a: shared, b: [shared, shared] })
})

test('what lies too deep is refused, before it exhausts the stack of anybody', () => {
  const deep = (levels: number) => JSON.parse(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)

  expect(storable(deep(400), 'args')).toEqual(deep(400))
  for (const levels of [600, 5000]) {
    expect(problem(deep(levels))).toMatchObject({
      code: 'INVALID_ARGS',
      message: expect.stringMatching(/ to be at most 500 levels deep, got more$/),
    })
  }
})

test('a value never appears in the message, for args may be secret', () => {
  expect(problem({ password: 'hunter2\0' }).message).not.toContain('hunter2')
})

test('undefined members are left out, as JSON does', () => {
  expect(storable({ a: undefined, b: { c: undefined } }, 'args')).toStrictEqual({ b: {} })
})

test('a key called __proto__ is a key like others', () => {
  const stored = storable(JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}'), 'args')

  expect(JSON.stringify(stored)).toBe('{"__proto__":{"admin":true},"a":{"__proto__":1}}')
  expect((stored as { admin?: boolean }).admin).toBe(undefined)
  expect(({} as { admin?: boolean }).admin).toBe(undefined)
})

test('minus nothing is nothing, as it will be when it is read', () => {
  expect(Object.is(storable({ a: -0 }, 'args').a, 0)).toBe(true)
})

test('objects of another realm and objects without a prototype are plain ones', () => {
  const foreign: object = runInNewContext('({ a: { b: [1] } })')
  const bare = Object.assign(Object.create(null), { a: { b: [1] } })

  expect(JSON.stringify(storable(foreign, 'args'))).toBe('{"a":{"b":[1]}}')
  expect(JSON.stringify(storable(bare, 'args'))).toBe('{"a":{"b":[1]}}')
})

test('a meta that cannot be stored has a code of its own', () => {
  expect(() => storable({ at: new Date() }, 'meta')).toThrow(expect.objectContaining({ code: 'INVALID_META' }))
})

function problem(args: unknown): Error {
  try {
    storable(args, 'args')
  } catch (error) {
    return error as Error
  }
  throw new Error('expected the args to be refused')
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true

  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen)
}
