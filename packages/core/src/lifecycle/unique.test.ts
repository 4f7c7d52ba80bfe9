import { describe, expect, test } from 'vitest'
import { finalStates, jobStates, stateGroups } from '../job/state.ts'
import { mergeUnique, resolveUnique, type UniqueOption } from './unique.ts'

const minute = 60_000

test('without options, and with false, a job is not unique', () => {
  expect(resolveUnique(undefined)).toBe(undefined)
  expect(resolveUnique(false)).toBe(undefined)
})

test('true is for ever, with all other defaults', () => {
  expect(resolveUnique(true)).toEqual({
    period: undefined,
    fields: ['worker', 'queue', 'args'],
    keys: [],
    states: stateGroups.successful,
    timestamp: 'insertedAt',
  })
})

test.each<[UniqueOption, object]>([
  [{ keys: ['id'] }, { period: minute, fields: ['worker', 'queue', 'args'], keys: ['id'] }],
  [{ period: 5 }, { period: 5000 }],
  [{ period: { hours: 1 } }, { period: 60 * minute }],
  [{ period: 'infinity' }, { period: undefined }],
  [{ fields: ['worker'] }, { fields: ['worker'] }],
  [
    { fields: ['meta'], keys: ['id'] },
    { fields: ['meta'], keys: ['id'] },
  ],
  [{ keys: [] }, { keys: [] }],
  [{ timestamp: 'scheduledAt' }, { timestamp: 'scheduledAt' }],
  [{ states: ['executing'] }, { states: ['executing'] }],
  [{ states: 'all' }, { states: jobStates }],
  [{ states: 'scheduled' }, { states: ['scheduled'] }],
  [
    { states: 'incomplete' },
    { states: jobStates.filter((state) => !(finalStates as readonly string[]).includes(state)) },
  ],
  [{ states: 'successful' }, { states: expect.arrayContaining(['suspended', 'completed']) }],
])('%j', (option, resolved) => {
  expect(resolveUnique(option)).toMatchObject(resolved)
})

describe('every other form is refused', () => {
  test.each<[unknown, string]>([
    [[], 'expected unique to be true, false or an object of options, got []'],
    [{}, 'expected unique to be true, false or an object of options, got {}'],
    [null, 'expected unique to be true, false or an object of options, got null'],
    [60, 'expected unique to be true, false or an object of options, got 60'],
    ['args', 'expected unique to be true, false or an object of options, got "args"'],
    [{ perod: 60 }, 'unknown option "perod" in unique, did you mean "period"?'],
    [{ period: 0 }, 'expected unique.period to be a duration longer than nothing, got 0'],
    [{ period: -1 }, 'expected unique.period to be a duration longer than nothing, got -1'],
    [{ period: 'for ever' }, 'expected unique.period to be a number of seconds or an object'],
    [{ period: null }, 'expected unique.period to be a number of seconds or an object'],
    [{ fields: [] }, 'expected unique.fields to be a list of worker, queue, args and meta, got []'],
    [{ fields: 'args' }, 'expected unique.fields to be a list of worker, queue, args and meta, got "args"'],
    [{ fields: ['tags'] }, `expected unique.fields to be a list of worker, queue, args and meta, got [ 'tags' ]`],
    [{ fields: null }, 'expected unique.fields to be a list of worker, queue, args and meta, got null'],
    [{ keys: 'id' }, 'expected unique.keys to be a list of names, got "id"'],
    [{ keys: [1] }, 'expected unique.keys to be a list of names, got [ 1 ]'],
    [{ keys: [''] }, `expected unique.keys to be a list of names, got [ '' ]`],
    [{ fields: ['worker'], keys: ['id'] }, 'expected unique.fields to be a list with args or meta when there are keys'],
    [{ states: [] }, 'expected unique.states to be one of all, incomplete, scheduled, successful, or a list of states'],
    [{ states: ['done'] }, 'expected unique.states to be one of all, incomplete'],
    [{ states: 'done' }, 'expected unique.states to be one of all, incomplete'],
    [{ states: 'toString' }, 'expected unique.states to be one of all, incomplete'],
    [{ timestamp: 'inserted_at' }, 'expected unique.timestamp to be "insertedAt" or "scheduledAt", got "inserted_at"'],
  ])('%j', (option, message) => {
    expect(() => resolveUnique(option as UniqueOption)).toThrow(message)
  })
})

test('what is resolved is frozen, and nobody else holds a part of it', () => {
  const fields = ['worker' as const]
  const unique = resolveUnique({ fields, keys: [], states: ['executing'] })

  expect(Object.values(unique ?? {}).every(Object.isFrozen)).toBe(true)
  expect(Object.isFrozen(unique)).toBe(true)
  expect(Object.isFrozen(fields)).toBe(false)
})

test('merging keeps what the call does not say', () => {
  expect(mergeUnique({ period: 5, keys: ['a'] }, { keys: ['b'] })).toEqual({ period: 5, keys: ['b'] })
  expect(mergeUnique({ period: 5 }, undefined)).toEqual({ period: 5 })
  expect(mergeUnique(true, undefined)).toBe(true)
  expect(mergeUnique({ period: 5 }, false)).toBe(false)
  expect(mergeUnique(undefined, { keys: ['b'] })).toEqual({ keys: ['b'] })
})
