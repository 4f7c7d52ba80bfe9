import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { javascript } from './javascript.ts'

const through = async (value: unknown) => javascript.decode(await javascript.encode(value))

const values: Record<string, unknown> = {
  'a date': new Date('2030-01-01T00:00:00Z'),
  'a date that is none': new Date(Number.NaN),
  'a map': new Map<unknown, unknown>([[{ key: 1 }, new Set(['a'])]]),
  'a set': new Set([1, [2], new Map()]),
  'a bigint': 2n ** 100n,
  undefined: { a: undefined, b: [undefined, null] },
  numbers: [-0, Number.NaN, Number.POSITIVE_INFINITY, 1e-300],
  'a hole': Object.assign(new Array(3), { 1: 'a' }),
  'a regular expression': /a+b/giu,
  'an URL': new URL('https://example.com/?a=1'),
  bytes: Uint8Array.of(1, 2, 255),
  'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
  'one with a key that is called so': Object.assign(Object.create(null), JSON.parse('{"__proto__":false,"a":1}')),
}

describe('the codec for JavaScript', () => {
  it.each(Object.entries(values))('keeps %s', async (_name, value) => {
    expect(await through(value)).toStrictEqual(value)
  })

  it('keeps cycles, and what is shared', async () => {
    const shared = { at: new Date(0) }
    const parent: Record<string, unknown> = { left: shared, right: shared, map: new Map() }
    parent.self = parent
    ;(parent.map as Map<unknown, unknown>).set('up', parent)
    const read = (await through(parent)) as typeof parent

    expect(read.self).toBe(read)
    expect(read.left).toBe(read.right)
    expect((read.map as Map<unknown, unknown>).get('up')).toBe(read)
  })

  it('keeps keys of their own, whatever they are called', async () => {
    const strange = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":1},"then":2}')
    const read = (await through([strange])) as Record<string, unknown>[]

    expect(Object.entries(read[0]!)).toEqual(Object.entries(strange))
    expect((read[0] as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('keeps a part of a buffer, and nothing of the rest', async () => {
    const pool = Buffer.from('secret visible secret')
    const [view, floats] = [pool.subarray(7, 14), new Float64Array([1, 2, 3]).subarray(1, 2)]
    const written = Buffer.from(await javascript.encode({ view, floats })).toString()

    expect(await through({ view, floats })).toEqual({ view: Uint8Array.from(view), floats: Float64Array.of(2) })
    expect(written.length).toBeLessThan(200)
    expect(written).not.toContain(Buffer.from('secret').toString('base64').slice(0, 6))
  })

  it.each([
    ['a function', () => {}],
    ['a symbol', Symbol('a')],
    ['a class of its own', new (class Money {})()],
    [
      'a class with a strange key',
      Object.defineProperty(new (class Money {})(), '__proto__', { value: 1, enumerable: true }),
    ],
  ])('refuses %s', async (_name, value) => {
    await expect(through({ deep: [value] })).rejects.toThrow('Cannot stringify')
  })

  it('comes back the same for anything', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withUnicodeString: true,
    } as fc.ObjectConstraints)

    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        expect(await through(value)).toStrictEqual(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('does not read what it did not write', () => {
    const read = (text: string) => () => javascript.decode(Buffer.from(text))

    expect(read('[{"__proto__":1},{"admin":2},true]')).toThrow()
    expect(read('[["Function",1],"return process"]')).toThrow()
    expect(read('[["View",0]]')).toThrow()
    expect(read('[[-7,1e9]]')).not.toThrow()
    expect(read('')).toThrow()
  })
})
