import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { checker } from './checker.ts'

const refused = {
  'a date of zod': z.object({ at: z.date() }),
  'a date that may be missing': z.object({ at: z.date().optional() }),
  'a date or a text': z.object({ at: z.union([z.string(), z.date()]) }),
  'a bigint deep down': z.object({ list: z.array(z.object({ n: z.bigint() })) }),
  'a map of zod': z.object({ at: z.map(z.string(), z.string()) }),
  'a symbol of zod': z.object({ at: z.symbol() }),
  'a date of valibot': toStandardJsonSchema(v.object({ at: v.date() })),
  'a set of valibot': toStandardJsonSchema(v.object({ at: v.set(v.string()) })),
  'a date of arktype': type({ at: 'Date' }),
  'a bigint of arktype': type({ at: 'bigint' }),
  'a class of arktype': type({ at: type.instanceOf(URL) }),
}

const taken = {
  'a date made of text': z.object({ at: z.coerce.date<string>() }),
  'a bigint made of text': z.object({ at: z.coerce.bigint<string>() }),
  'a codec': z.object({
    at: z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
  }),
  'a type of its own': z.object({ at: z.custom<string>((value) => typeof value === 'string') }),
  anything: z.object({ at: z.any() }),
  'a date that valibot makes': toStandardJsonSchema(
    v.object({
      at: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
        v.date(),
      ),
    }),
  ),
  'a date that arktype makes': type({ at: 'string.date.parse' }),
  'a check of arktype': type({ at: type('string').narrow(() => true) }),
  'a schema that cannot tell': v.object({ at: v.date() }),
}

describe('a schema that takes what JSON cannot hold', () => {
  it.each(Object.entries(refused))('is refused: %s', (_name, schema) => {
    expect(() => checker(schema, undefined)).toThrow('one whose input JSON can hold')
  })
})

describe('a schema that takes what JSON can hold', () => {
  it.each(Object.entries(taken))('is taken: %s', (_name, schema) => {
    expect(() => checker(schema, undefined)).not.toThrow()
  })

  it('is defined without running a check of its own', () => {
    const check = vi.fn(() => true)
    const schema = z.object({ to: z.string().refine(check), at: z.custom<string>(check) }).refine(check)
    checker(schema, 'error')

    expect(check).not.toHaveBeenCalled()
  })

  it('is taken from a library that cannot convert it', () => {
    const convert = () => {
      throw new Error('not supported')
    }
    const validate = (value: unknown) => ({ value })
    const schema = { '~standard': { version: 1, vendor: 'own', validate, jsonSchema: { input: convert } } } as const

    expect(() => checker(schema, undefined)).not.toThrow()
    expect(() => checker(schema, 'strip')).toThrow('expected a schema that tells its keys')
  })
})
