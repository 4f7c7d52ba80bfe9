import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Check, checker } from './checker.ts'

const vendors = {
  'a zod object': z.object({ to: z.string() }),
  'a strict zod object': z.strictObject({ to: z.string() }),
  'a loose zod object': z.looseObject({ to: z.string() }),
  'a valibot object that speaks JSON Schema': toStandardJsonSchema(v.object({ to: v.string() })),
  'an arktype object': type({ to: 'string' }),
  'an arktype object that rejects': type({ '+': 'reject', to: 'string' }),
  'lists of keys': { keys: ['to'], required: ['to'] },
}
const args = { to: 'ann', extra: 1 }
const unexpected = { path: ['extra'], message: 'unexpected key' }

describe.each(Object.entries(vendors))('unknown keys of %s', (_name, shape) => {
  it('are issues with "error"', async () => {
    expect(await checker(shape, 'error')(args)).toMatchObject({ issues: [unexpected] })
  })

  it('are neither stored nor seen with "strip"', async () => {
    expect(await checker(shape, 'strip')(args)).toEqual({ issues: [], input: { to: 'ann' }, output: { to: 'ann' } })
  })

  it('are stored and seen, unchecked, with "pass"', async () => {
    expect(await checker(shape, 'pass')(args)).toEqual({ issues: [], input: args, output: args })
  })

  it.each(['error', 'strip', 'pass'] as const)(
    'do not hide what is wrong with known keys, with "%s"',
    async (policy) => {
      const { issues } = await checker(shape, policy)({ extra: 1 })

      expect(issues.map(({ path = [] }) => Array.from(path, (at) => (typeof at === 'object' ? at.key : at)))).toEqual(
        policy === 'error' ? [['extra'], ['to']] : [['to']],
      )
    },
  )
})

describe('unknown keys', () => {
  it('are the affair of the schema, unless told otherwise', async () => {
    expect(await outputOf(checker(z.object({ to: z.string() }), undefined))).toEqual({ to: 'ann' })
    expect(await outputOf(checker(z.looseObject({ to: z.string() }), undefined))).toEqual(args)
    expect(await outputOf(checker(type({ to: 'string' }), undefined))).toEqual(args)
    expect((await checker(z.strictObject({ to: z.string() }), undefined)(args)).issues).toHaveLength(1)
  })

  it('are issues for lists of keys, unless told otherwise', async () => {
    expect((await checker({ keys: ['to'] }, undefined)(args)).issues).toEqual([unexpected])
  })

  it('cannot be told of a schema that does not know its keys', () => {
    const refused = /expected a schema that tells its keys/
    expect(() => checker(v.object({ to: v.string() }), 'error')).toThrow(refused)
    expect(() => checker(z.record(z.string(), z.string()), 'strip')).toThrow(refused)
    expect(() => checker(z.object({ a: z.string() }).catchall(z.string()), 'pass')).toThrow(refused)
    expect(() => checker(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), 'pass')).toThrow(refused)
  })

  it('are told also where a key has no JSON Schema of its own, or is renamed', async () => {
    const opaque = z.object({ to: z.custom<string>((value) => typeof value === 'string') })
    const renamed = z.object({ to: z.string() }).transform(({ to }) => ({ recipient: to }))

    expect((await checker(opaque, 'error')(args)).issues).toEqual([unexpected])
    expect(await outputOf(checker(renamed, 'strip'))).toEqual({ recipient: 'ann' })
  })

  it('stay keys of their own, whatever they are called', async () => {
    const strange = JSON.parse('{"to":"ann","__proto__":{"admin":true},"constructor":1}')
    const passed = await outputOf(checker({ keys: ['to'] }, 'pass'), strange)

    expect(JSON.stringify(passed)).toBe('{"__proto__":{"admin":true},"constructor":1,"to":"ann"}')
    expect(await outputOf(checker({ keys: ['to'] }, 'strip'), strange)).toEqual({ to: 'ann' })
    expect((await checker({ keys: ['to'] }, 'error')(strange)).issues).toHaveLength(2)
  })

  it('split any args in two parts that make up the whole', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.string({ minLength: 1 })), split),
      { numRuns: 300 },
    ))
})

async function split(given: Record<string, unknown>, names: readonly string[]): Promise<void> {
  const keys = [...new Set([...names, ...Object.keys(given).filter((key, index) => key !== '' && index % 2)])]
  const strange = Object.keys(given).filter((key) => !keys.includes(key))
  const json = JSON.parse(JSON.stringify(given))
  const [erring, stripping, passing] = [
    checker({ keys }, 'error'),
    checker({ keys }, 'strip'),
    checker({ keys }, 'pass'),
  ]

  expect((await erring(json)).issues.map(({ path }) => path?.[0])).toEqual(strange)
  expect(Object.keys((await stripping(json)).input)).toEqual(Object.keys(given).filter((key) => keys.includes(key)))
  expect(await outputOf(passing, json)).toEqual(json)
}

async function outputOf(check: Check, given: object = args): Promise<unknown> {
  return (await check(given as never)).output
}
