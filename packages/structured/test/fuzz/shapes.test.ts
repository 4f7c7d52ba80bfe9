import { isStaffaError, type JsonObject } from '@staffa/core'
import fc from 'fast-check'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { structured } from '../../src/index.ts'

const numRuns = 10_000

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '__proto__', Symbol('s'), () => {}, Object.create(null), {
    '~standard': 1,
  }),
  fc.constantFrom<unknown>(
    { '~standard': null },
    { '~standard': { validate: 5 } },
    { keys: ['__proto__'] },
    { keys: new Array(2) },
  ),
  fc.anything(),
)
const lists = fc.record({
  keys: fc.oneof(fc.constant(['id', '__proto__']), odd),
  required: fc.oneof(fc.constant(['id']), odd),
})

afterAll(() => expect(Object.keys(Object.prototype)).toEqual([]))

test('whatever the shape and the options are, they are taken or refused with a reason', () => {
  const options = fc.oneof(fc.record({ unknownKeys: fc.oneof(fc.constant('error'), odd) }), odd)
  const property = fc.property(fc.oneof(lists, odd), options, (shape, given) => {
    try {
      structured(shape as never, given as never)
    } catch (error) {
      expect(isStaffaError(error)).toBe(true)
    }
  })

  fc.assert(property, { numRuns })
})

test('whatever is stored, it fits or is refused with its places, and changes nothing that all objects share', async () => {
  const plugins = [
    structured(z.object({ id: z.number(), list: z.array(z.string()).optional() })),
    structured(z.object({ id: z.number() }), { unknownKeys: 'pass' }),
    structured(v.object({ id: v.number() })),
    structured({ keys: ['id', '__proto__', 'constructor'], required: ['id'] }, { unknownKeys: 'strip' }),
  ]
  const names = fc.constantFrom('id', 'list', '__proto__', 'constructor', 'prototype', 'toString', 'other')
  const stored = fc
    .dictionary(names, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
    .map((args) => JSON.parse(JSON.stringify(args)))
  const property = fc.asyncProperty(stored, fc.nat(3), async (args: JsonObject, index) => {
    const seen: unknown[] = []
    const next = async (adds: unknown) => void seen.push(adds)
    const context = { args, job: { worker: 'w' } }
    const error = await plugins[index]?.execute?.(context as never, next as never).then(
      () => undefined,
      (reason) => reason,
    )

    expect(error === undefined ? seen.length : isStaffaError(error, 'INVALID_ARGS')).toBe(
      error === undefined ? 1 : true,
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  await fc.assert(property, { numRuns })
})
