import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { postgres, Staffa, worker } from '../../src/index.ts'
import { junk, nearly, numRuns, perhaps, pollution, refusing, withoutStacks } from './junk.ts'
import { callOptions, staffaOptions, workerOptions } from './options.ts'

withoutStacks()
afterAll(() => expect(pollution()).toEqual([]))

describe('whatever it is given, it works or says what was expected', () => {
  test('new Staffa()', () => {
    const property = fc.property(perhaps(staffaOptions), (options) => {
      refusing(() => new Staffa(options as never))
    })

    fc.assert(property, { numRuns })
  })

  test('worker(), its layers and its function', () => {
    const property = fc.property(perhaps(workerOptions), junk, (options, part) => {
      const builder = refusing(() => worker(options as never))
      const used = refusing(() => builder?.use(part as never))
      refusing(() => (used ?? builder)?.process(part as never))
    })

    fc.assert(property, { numRuns })
  })

  test('new() of a worker', () => {
    const noop = worker({ name: 'noop', meta: { own: true }, tags: ['own'], unique: { keys: ['id'] } }).process(
      () => {},
    )
    const property = fc.property(fc.oneof(fc.constant({ id: 1 }), junk), perhaps(callOptions), (args, options) => {
      refusing(() => noop.new(args as never, options as never))
    })

    fc.assert(property, { numRuns })
  })

  test('postgres()', () => {
    const options = nearly({ connections: [1], prepare: [true], listen: [false] })
    const property = fc.property(perhaps(options), (given) => {
      refusing(() => postgres('postgres://localhost:1/none', given as never))
    })

    fc.assert(property, { numRuns: numRuns / 10 })
  })
})
