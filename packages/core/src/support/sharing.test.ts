import { expect, test } from 'vitest'
import { sharing } from './sharing.ts'

test('what is made of the same frozen object is the same', () => {
  const copy = sharing((from: object) => ({ ...from }))
  const [one, other] = [Object.freeze({ a: 1 }), Object.freeze({ a: 1 })]
  const made = copy(one)

  expect(copy(one)).toBe(made)
  expect(copy(other)).not.toBe(made)
  expect(copy(one)).toEqual(made)
})

test('an object that may change is asked about each time', () => {
  const copy = sharing((from: { a: number }) => ({ ...from }))
  const given = { a: 1 }
  const made = copy(given)
  given.a = 2

  expect(made).toEqual({ a: 1 })
  expect(copy(given)).toEqual({ a: 2 })
})

test('what throws is asked again', () => {
  let turns = 0
  const strict = sharing(() => {
    turns += 1
    if (turns === 1) throw new Error('no')
    return turns
  })
  const given = Object.freeze({})

  expect(() => strict(given)).toThrow('no')
  expect(strict(given)).toBe(2)
})
