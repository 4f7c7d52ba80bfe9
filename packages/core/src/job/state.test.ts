import { expect, test } from 'vitest'
import { finalStates, isFinal, isJobState, jobStates, stateGroups } from './state.ts'

test('there are eight states, each once', () => {
  expect(new Set(jobStates).size).toBe(8)
  expect(jobStates).toHaveLength(8)
})

test('a job has ended when it is completed, cancelled or discarded, and in no other state', () => {
  expect(jobStates.filter(isFinal)).toEqual(finalStates)
  expect([...finalStates].sort()).toEqual(['cancelled', 'completed', 'discarded'])
})

test('the groups are those of unique options', () => {
  expect(stateGroups.all).toEqual(jobStates)
  expect(stateGroups.incomplete).toEqual(jobStates.filter((state) => !isFinal(state)))
  expect(stateGroups.successful).toEqual([...stateGroups.incomplete, 'completed'])
  expect(stateGroups.scheduled).toEqual(['scheduled'])
})

test('nobody can change the lists for everybody', () => {
  for (const list of [jobStates, finalStates, stateGroups, ...Object.values(stateGroups)]) {
    expect(Object.isFrozen(list)).toBe(true)
  }
})

test.each(['cancelled', 'executing', 'suspended'])('%s is a state', (state) => {
  expect(isJobState(state)).toBe(true)
})

test.each(['Executing', 'done', '', 'toString', 1, null, undefined, ['executing']])('%j is not a state', (value) => {
  expect(isJobState(value)).toBe(false)
})
