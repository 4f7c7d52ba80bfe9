import { stringify } from 'devalue'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flatText } from './flat.ts'

const simple = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const flat = fc.dictionary(fc.string({ unit: 'binary' }), simple, { maxKeys: 20 })

test('what it writes is what devalue writes', () => {
  fc.assert(
    fc.property(fc.oneof(flat, fc.anything()), (value) => {
      const text = flatText(value)
      if (text !== undefined) expect(text).toBe(stringify(value))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  [{}, '[{}]'],
  [{ n: 1, done: true }, '[{"n":1,"done":2},1,true]'],
  [
    { a: 'x', b: 'x', c: null, d: 1, e: '1', f: 'é 🙂' },
    '[{"a":1,"b":1,"c":2,"d":3,"e":4,"f":5},"x",null,1,"1","é 🙂"]',
  ],
  [{ n: 1e21, m: 5e-7 }, '[{"n":1,"m":2},1e+21,5e-7]'],
])('it writes %j', (value, text) => {
  expect(flatText(value)).toBe(text)
  expect(stringify(value)).toBe(text)
})

test.each<[string, unknown]>([
  ['that is no object', 1],
  ['that is a list', [1]],
  ['that is nothing', null],
  ['of a class', new Date(0)],
  ['without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ['with symbols', { [Symbol('a')]: 1 }],
  ['with objects inside', { a: {} }],
  ['with undefined', { a: undefined }],
  ['with a bigint', { a: 1n }],
  ['with a function', { a: () => {} }],
  ['with numbers that JSON has not', { a: Number.NaN }],
  ['with minus nothing', { a: -0 }],
  ['with text that is to be escaped', { a: '"' }],
  ['with text that a page would read', { a: '<script>' }],
  ['with half of a surrogate pair', { a: '\ud800' }],
  ['with a key that is to be escaped', { '\\': 1 }],
  ['with a key that objects give a meaning to', JSON.parse('{"__proto__":1}')],
  ['with many keys', Object.fromEntries(Array.from({ length: 17 }, (_, key) => [key, key]))],
])('it leaves a value %s to devalue', (_, value) => {
  expect(flatText(value)).toBeUndefined()
})
