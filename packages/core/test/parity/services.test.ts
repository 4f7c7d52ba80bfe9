import { describe, expect, test } from 'vitest'
import { type LeaderSettings, Staffa, type StaffaOptions } from '../../src/index.ts'

const database = 'postgres://localhost/none'

describe('options of services that make no sense are refused, and named', () => {
  test.each<[unknown, string]>([
    [{ leader: true }, 'expected leader to be an object or false, got true'],
    [{ leader: { leese: 30 } }, 'unknown option "leese" in leader, did you mean "lease"?'],
    [{ leader: { lease: 0 } }, 'expected leader.lease to be a duration longer than nothing, got 0'],
    [{ rescuer: { intervall: 5 } }, 'unknown option "intervall" in rescuer, did you mean "interval"?'],
    [{ rescuer: { interval: -1 } }, 'expected rescuer.interval to be a duration longer than nothing, got -1'],
    [{ rescuer: { lease: 0 } }, 'expected rescuer.lease to be a duration longer than nothing, got 0'],
    [{ rescuer: { age: { minuts: 1 } } }, 'unknown option "minuts" in rescuer.age, did you mean "minutes"?'],
    [{ rescuer: { limit: 0 } }, 'expected rescuer.limit to be an integer from 1 to 100000, got 0'],
    [{ pruner: { max_age: 60 } }, 'unknown option "max_age" in pruner'],
    [{ pruner: { age: 0 } }, 'to be a duration longer than nothing, got 0'],
    [{ pruner: { limit: -1 } }, 'expected pruner.limit to be an integer from 1 to 1000000, got -1'],
    [{ pruner: { rules: [{ states: ['available'] }] } }, 'expected pruner.rules[0].states to be a list of'],
    [{ pruner: { rules: [{ length: -1 }] } }, 'expected pruner.rules[0].length to be an integer of at least 0'],
    [{ reindexer: { schedule: '@daily' } }, 'unknown option "schedule" in reindexer'],
    [{ reindexer: { interval: 0 } }, 'expected reindexer.interval to be a duration longer than nothing, got 0'],
    [{ reindexer: { indexes: 'all' } }, 'expected reindexer.indexes to be a list of names, got "all"'],
  ])('%j', (options, message) => {
    expect(() => new Staffa({ ...(options as StaffaOptions), database })).toThrow(message)
  })
})

test('durations of services may be numbers of seconds or objects', () => {
  const lease: LeaderSettings['lease'] = { minutes: 1 }

  expect(() => new Staffa({ database, leader: { lease }, rescuer: { lease: 60, age: 'infinity' } })).not.toThrow()
})
