import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTerm } from './erlang-decode.ts'
import { encodeTerm } from './erlang-encode.ts'

const encode = (value: unknown) => Buffer.from(encodeTerm(value)).toString('base64').replace(/=+$/, '')
const decode = (text: string) => decodeTerm(Buffer.from(text, 'base64'))
const bytes = (...list: readonly number[]) => decodeTerm(Uint8Array.from([131, ...list]))

/** As Elixir and Python write them. */
const vectors: readonly (readonly [unknown, string])[] = [
  [null, 'g2QAA25pbA'],
  [true, 'g2QABHRydWU'],
  [42, 'g2Eq'],
  [300, 'g2IAAAEs'],
  [-1, 'g2L/////'],
  [1.5, 'g0Y/+AAAAAAAAA'],
  ['hi', 'g20AAAACaGk'],
  [[], 'g2o'],
  [{ a: 1 }, 'g3QAAAABbQAAAAFhYQE'],
  [{ ok: [1, 'b', null] }, 'g3QAAAABbQAAAAJva2wAAAADYQFtAAAAAWJkAANuaWxq'],
]

describe("Erlang's term format", () => {
  it.each(vectors)('is written and read as other programs do: %j', (value, text) => {
    expect(encode(value)).toBe(text)
    expect(decode(text)).toEqual(value)
  })

  it('is read in the other forms that nodes write', () => {
    expect([decode('g3MDbmls'), decode('g3cDbmls')]).toEqual([null, null]) // newer kinds of atoms
    expect(decode('g2sAAgEC')).toEqual([1, 2]) // small integers, as a list of bytes
    expect(bytes(118, 0, 4, ...Buffer.from('über').subarray(0, 4))).toBe('übe')
    expect(bytes(104, 2, 100, 0, 2, ...Buffer.from('ok'), 97, 7)).toEqual(['ok', 7]) // a tuple
    expect(bytes(99, ...Buffer.from('1.50000000000000000000e+00'), 0, 0, 0, 0, 0)).toBe(1.5) // floats of old nodes
  })

  it('holds integers of any size', () => {
    const sizes = [255, 256, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER]
    for (const value of sizes) expect(decode(encode(value))).toBe(value)
    for (const value of [2n ** 64n, -(2n ** 64n), 2n ** 3000n]) expect(decode(encode(value))).toBe(value)
    expect(encode(4_294_967_296)).toBe(Buffer.from([131, 110, 5, 0, 0, 0, 0, 0, 1]).toString('base64'))
  })

  it('gives texts for atoms that are no values, and never a symbol', () => {
    expect(bytes(100, 0, 9, ...Buffer.from('undefined'))).toBe('undefined')
    expect(bytes(119, 2, ...Buffer.from('ok'))).toBe('ok')
  })

  it('gives objects for maps whose keys are words, and maps for others', () => {
    const pair = [97, 1]
    expect(bytes(116, 0, 0, 0, 1, 119, 3, ...Buffer.from('nil'), ...pair)).toEqual({ nil: 1 })
    expect(bytes(116, 0, 0, 0, 1, 97, 5, ...pair)).toEqual({ 5: 1 })
    expect(bytes(116, 0, 0, 0, 1, 104, 1, 97, 5, ...pair)).toEqual(new Map([[[5], 1]]))
  })

  it('gives bytes for a binary that is no text', () => {
    expect(bytes(109, 0, 0, 0, 2, 0xff, 0xfe)).toEqual(Uint8Array.of(0xff, 0xfe))
  })

  it('keeps keys of their own, whatever they are called', () => {
    const strange = JSON.parse('{"__proto__":{"admin":true},"constructor":1}')
    const read = decode(encode(strange)) as Record<string, unknown>

    expect(Object.entries(read)).toEqual(Object.entries(strange))
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  it.each([
    [[1, { at: new Date() }], 'the result.1.at is an instance of Date'],
    [{ a: new Map() }, 'the result.a is an instance of Map'],
    [[undefined], 'the result.0 is undefined'],
    [Number.NaN, 'the result is NaN'],
    [() => {}, 'the result is function'],
    ['\ud800', 'the result has half of a surrogate pair'],
  ])('refuses what would come back as something else: %o', (value, message) => {
    expect(() => encode(value)).toThrow(message)
  })

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle

    expect(() => encode(circle)).toThrow('the result.self is an object around itself')
  })

  it.each([
    ['a reference', [114, 0, 1, 119, 1, 97, 0, 0, 0, 0, 0]],
    ['a function', [112, 0, 0, 0, 4]],
    ['a process', [103, 119, 1, 97, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a list that ends in a value', [108, 0, 0, 0, 1, 97, 1, 97, 2]],
    ['a list that is longer than its bytes', [108, 255, 255, 255, 255, 97, 1]],
    ['a map that is longer than its bytes', [116, 255, 255, 255, 255]],
    ['a tuple that is longer than its bytes', [105, 255, 255, 255, 255]],
    ['an integer that fills the memory', [111, 255, 255, 255, 255, 0, 1]],
    ['an integer that takes long to print', [111, 0, 1, 0, 0, 0, ...new Array<number>(65_536).fill(255)]],
    ['bytes after the term', [97, 1, 97, 2]],
    ['nothing', []],
  ])('refuses %s', (_name, list) => {
    expect(() => bytes(...list)).toThrow()
  })

  it('comes back the same for any JSON', () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))
    fc.assert(
      fc.property(json, (value) => {
        expect(decodeTerm(encodeTerm(value))).toEqual(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('comes back the same for any number and integer', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.maxSafeInteger())
    const through = (value: unknown) => decodeTerm(encodeTerm(value))
    fc.assert(fc.property(number, (value) => Object.is(through(value), value)))
    fc.assert(fc.property(fc.bigInt(), (value) => BigInt(through(value) as bigint) === value))
  })
})
