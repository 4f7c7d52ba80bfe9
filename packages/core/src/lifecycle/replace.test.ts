import { expect, test } from 'vitest'
import { jobStates } from '../job/state.ts'
import { type ReplaceOption, resolveReplace } from './replace.ts'

test('nothing is replaced unless it is asked for', () => {
  expect(resolveReplace(undefined)).toBe(undefined)
})

test('one list is for every state', () => {
  const replace = resolveReplace(['args', 'priority'])

  expect(Object.keys(replace ?? {}).sort()).toEqual([...jobStates].sort())
  for (const state of jobStates) expect(replace?.[state]).toEqual(['args', 'priority'])
})

test('lists by state are for those states', () => {
  expect(resolveReplace({ scheduled: ['scheduledAt'], available: [], executing: undefined })).toEqual({
    scheduled: ['scheduledAt'],
    available: [],
  })
})

test('every field that may be replaced is known', () => {
  const fields = ['args', 'maxAttempts', 'meta', 'priority', 'queue', 'scheduledAt', 'tags', 'worker'] as const

  expect(resolveReplace(fields)?.scheduled).toEqual(fields)
})

test('what is resolved is frozen, and nobody else holds a part of it', () => {
  const fields: 'args'[] = ['args']
  for (const option of [fields, { scheduled: fields }]) {
    const replace = resolveReplace(option)

    expect(Object.isFrozen(replace)).toBe(true)
    expect(Object.isFrozen(replace?.scheduled)).toBe(true)
  }
  expect(Object.isFrozen(fields)).toBe(false)
})

test.each<[unknown, string]>([
  ['args', 'expected replace to be a list of fields, or an object of lists by state, got "args"'],
  [null, 'expected replace to be a list of fields, or an object of lists by state, got null'],
  [true, 'expected replace to be a list of fields, or an object of lists by state, got true'],
  [['state'], 'to be a list of args, maxAttempts, meta, priority, queue, scheduledAt, tags, worker'],
  [[1], 'to be a list of args, maxAttempts'],
  [{ scheduled: 'args' }, 'expected replace.scheduled to be a list of args, maxAttempts'],
  [{ scheduled: ['id'] }, 'expected replace.scheduled to be a list of args, maxAttempts'],
  [{ scheduled: null }, 'expected replace.scheduled to be a list of args, maxAttempts'],
  [{ done: ['args'] }, 'expected replace to be an object whose keys are states (suspended, scheduled, '],
])('%j is refused', (option, message) => {
  expect(() => resolveReplace(option as ReplaceOption)).toThrow(message)
})
