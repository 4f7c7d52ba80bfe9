import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matching, present } from '../index.ts'
import { compare } from './compare.ts'

const fits = (expected: unknown, actual: unknown) => compare(expected, actual).length === 0

describe('compare', () => {
  test.each([
    ['nothing asked of an object', {}, { a: 1 }],
    ['part of an object', { a: 1 }, { a: 1, b: 2 }],
    ['part of an object, deep inside', { a: { b: { c: 1 } } }, { a: { b: { c: 1, d: 2 }, e: 3 } }],
    ['equal lists', [1, [2, { a: 3 }]], [1, [2, { a: 3 }]]],
    ['null where there is nothing', { a: null }, {}],
    ['undefined as nothing asked', { a: undefined, b: 1 }, { b: 1 }],
    ['a date as it is stored', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['a matcher', { a: expect.any(Number) }, { a: 1 }],
    ['a matcher in a list', [expect.stringContaining('b')], ['abc']],
    ['a matcher for a whole object', expect.objectContaining({ a: 1 }), { a: 1, b: 2 }],
    ['a matcher for what is not there', { a: expect.not.stringContaining('b') }, {}],
    ['own predicates', { a: matching((n: number) => n > 1), b: present() }, { a: 2, b: null }],
    ['minus zero as zero', { a: -0 }, { a: 0 }],
  ])('fits %s', (_, expected, actual) => {
    expect(compare(expected, actual)).toEqual([])
  })

  test.each([
    ['a missing key', { a: 1 }, {}, [['a', 1, undefined]]],
    ['another value', { a: 1 }, { a: '1' }, [['a', 1, '1']]],
    ['an object where there is none', { a: {} }, {}, [['a', {}, undefined]]],
    ['an object where there is null', { a: {} }, { a: null }, [['a', {}, null]]],
    ['an object where there is a list', { a: {} }, { a: [] }, [['a', {}, []]]],
    ['a list where there is an object', { a: [] }, { a: {} }, [['a', [], {}]]],
    ['a shorter list', { a: [1] }, { a: [1, 2] }, [['a', [1], [1, 2]]]],
    [
      'another order',
      { a: [1, 2] },
      { a: [2, 1] },
      [
        ['a.0', 1, 2],
        ['a.1', 2, 1],
      ],
    ],
    ['an object in a list with more keys', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }] }, [['a.0.c', undefined, 2]]],
    ['null where there is something', { a: null }, { a: 0 }, [['a', null, 0]]],
    ['what an object inherits', { toString: 'x' }, {}, [['toString', 'x', undefined]]],
    [
      'several at once',
      { a: 1, b: { c: 2, d: 3 } },
      { a: 2, b: { c: 2, d: 4 } },
      [
        ['a', 1, 2],
        ['b.d', 3, 4],
      ],
    ],
  ])('does not fit %s', (_, expected, actual, differences) => {
    expect(
      compare(expected, actual).map((difference) => [
        difference.path.join('.'),
        difference.expected,
        difference.actual,
      ]),
    ).toEqual(differences)
  })

  test('fits every value with itself, and with what has more keys', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (own, more) => {
          expect(fits(own, own)).toBe(true)
          expect(fits(own, { ...more, ...own })).toBe(true)
        },
      ),
    )
  })

  test('finds any change of a scalar', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), fc.integer(), (path, value) => {
        const nest = (leaf: unknown) => path.reduceRight((inside, key) => ({ [`.${key}`]: inside }), leaf)

        expect(fits(nest(value), nest(value + 1))).toBe(false)
      }),
    )
  })
})
