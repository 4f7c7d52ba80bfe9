import { expect, test } from 'vitest'
import { expected, isStaffaError, rejectUnknown, StaffaError, show } from './errors.ts'

test('an error has a name, a code, frozen data and its cause', () => {
  const cause = new Error('below')
  const error = new StaffaError('TIMEOUT', 'too slow', { data: { id: 1 }, cause })

  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'StaffaError', code: 'TIMEOUT', message: 'too slow', data: { id: 1 }, cause })
  expect(Object.isFrozen(error.data)).toBe(true)
})

test('without a cause there is no cause, not an undefined one', () => {
  expect('cause' in new StaffaError('TIMEOUT', 'too slow')).toBe(false)
})

test('errors are told apart by code, also those of another copy of the package', () => {
  const foreign = Object.assign(new Error('too slow'), { name: 'StaffaError', code: 'TIMEOUT' })

  for (const error of [new StaffaError('TIMEOUT', 'too slow'), foreign]) {
    expect(isStaffaError(error)).toBe(true)
    expect(isStaffaError(error, 'TIMEOUT')).toBe(true)
    expect(isStaffaError(error, 'LOST')).toBe(false)
  }
})

test.each([
  new Error('x'),
  Object.assign(new Error('x'), { code: 'TIMEOUT' }),
  { name: 'StaffaError', code: 'X' },
  null,
])('%o is not one of ours', (value) => {
  expect(isStaffaError(value)).toBe(false)
})

test('a broken rule is told as: expected this to be that, got something else', () => {
  const error = expected('priority', 'an integer from 0 to 9', 10)

  expect(error.message).toBe('expected priority to be an integer from 0 to 9, got 10')
  expect(error).toMatchObject({ code: 'INVALID_OPTION', data: { option: 'priority' } })
})

test('an unknown key is named, with the one that was perhaps meant', () => {
  expect(() => rejectUnknown('new Staffa()', { queue: {} }, ['queues', 'workers'])).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_OPTION',
      message: 'unknown option "queue" in new Staffa(), did you mean "queues"?',
      data: { option: 'queue' },
    }),
  )
  expect(() => rejectUnknown('new Staffa()', { queues: {} }, ['queues', 'workers'])).not.toThrow()
})

test.each([
  ['text', '"text"'],
  [1, '1'],
  [undefined, 'undefined'],
  [{ a: { b: { c: 1 } } }, '{ a: { b: [Object] } }'],
  [() => 'secret source', 'a function'],
  [class Secret {}, 'a function'],
])('shows %o as %s', (value, text) => {
  expect(show(value)).toBe(text)
})

test('shows at most eighty characters', () => {
  expect(show('x'.repeat(1000))).toHaveLength(80)
  expect(show(Array.from({ length: 1000 }, (_, index) => index))).toHaveLength(80)
})
