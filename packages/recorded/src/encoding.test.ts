import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Codec } from './codec/codec.ts'
import { type CodecOption, decodeResult, encodeResult } from './encoding.ts'

const own: Codec = {
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')),
}
const options: readonly CodecOption[] = ['javascript', 'erlang', own]
const longList = Array.from({ length: 1_000 }, (_, index) => ({ index, name: 'the same again' }))

describe.each(options.map((option) => [typeof option === 'object' ? 'own' : option, option] as const))(
  'results in the codec %s',
  (name, option) => {
    it('come back the same, short and long', async () => {
      for (const value of ['short', longList]) {
        const text = await encodeResult(value, option)

        expect(text).toMatch(/^[A-Za-z0-9+/]+$/)
        expect(await decodeResult(text, option)).toEqual(value)
      }
    })

    it('are packed when that makes them shorter, and only then', async () => {
      const random = Array.from({ length: 100 }, (_, index) => ((index * 7919) % 256) ** 3 * Math.SQRT2).join('')
      const [long, noise] = [await encodeResult(longList, option), await encodeResult(random, option)]

      expect(long.length).toBeLessThan(JSON.stringify(longList).length / 4)
      expect(noise.length).toBeLessThan((random.length * 4) / 3 + 20)
    })

    it('are read whichever codec the worker has now', async () => {
      const text = await encodeResult({ a: 1 }, option)
      const readable = name === 'own' ? [option] : options

      for (const other of readable) expect(await decodeResult(text, other)).toEqual({ a: 1 })
    })
  },
)

describe('a result that was written', () => {
  it('as a packed term says how long it was, as Erlang does', async () => {
    const bytes = Buffer.from(await encodeResult('a'.repeat(1_000), 'erlang'), 'base64')

    expect([...bytes.subarray(0, 6)]).toEqual([131, 80, 0, 0, 3, 237])
    expect(bytes.length).toBeLessThan(50)
  })

  it('by a codec of its own is not read without it', async () => {
    await expect(decodeResult(await encodeResult(1, own), 'javascript')).rejects.toThrow('a codec that is not here')
  })

  it('is refused when it would fill the memory', async () => {
    const bomb = deflateSync(Buffer.alloc(64 * 1024 ** 2))
    const javascript = Buffer.concat([Buffer.of(17), bomb]).toString('base64')
    const erlang = Buffer.concat([Buffer.of(131, 80, 4, 0, 0, 0), bomb]).toString('base64')

    await expect(decodeResult(javascript, 'javascript')).rejects.toThrow()
    await expect(decodeResult(erlang, 'erlang')).rejects.toThrow()
  })

  it('is read, however large and uniform it was', async () => {
    const value = 'a'.repeat(20 * 1024 ** 2)

    expect((await decodeResult(await encodeResult(value, 'javascript'), 'javascript')) === value).toBe(true)
  })

  it('is refused when a packed term is not as long as it says', async () => {
    const text = Buffer.concat([Buffer.of(131, 80, 0, 0, 0, 9), deflateSync(Buffer.of(97, 1))]).toString('base64')

    await expect(decodeResult(text, 'erlang')).rejects.toThrow('not as long as it says')
  })

  it.each(['', ' ', 'g2Eq=a', 'g2Eq\n', 'ä', '{"a":1}', '===='])(
    'is refused when it is no Base64: %j',
    async (text) => {
      await expect(decodeResult(text, 'javascript')).rejects.toThrow()
    },
  )

  it('is read with padding, too', async () => {
    expect(await decodeResult('g2QAA25pbA==', 'erlang')).toBeNull()
  })
})

describe('texts that nobody wrote', () => {
  const base64 = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64'))
  const headed = fc
    .tuple(fc.constantFrom(1, 2, 17, 18, 131), fc.uint8Array({ maxLength: 300 }))
    .map(([header, bytes]) => Buffer.from([header, ...bytes]).toString('base64'))
  const almost = fc
    .tuple(fc.constantFrom(1, 2), fc.jsonValue())
    .map(([header, json]) => Buffer.concat([Buffer.of(header), Buffer.from(JSON.stringify(json))]).toString('base64'))
  const terms = fc
    .array(fc.constantFrom(97, 98, 100, 104, 105, 106, 107, 108, 109, 110, 111, 115, 116, 118, 119, 0, 1, 2, 255))
    .map((bytes) => Buffer.from([131, ...bytes]).toString('base64'))

  it('never end in anything but a value or an error, 10,000 times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), base64, headed, almost, terms), async (text) => {
        const [read] = await Promise.allSettled([decodeResult(text, own)])
        if (read.status === 'rejected') expect(read.reason).toBeInstanceOf(Error)
      }),
      { numRuns: 10_000 },
    )
  })

  it('never end otherwise when a bit of a good one is flipped', async () => {
    const texts = await Promise.all(
      options.map((option) => encodeResult([longList.slice(0, 20), new Array(2).fill('x')], option)),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), fc.nat(), async (text, bit) => {
        const bytes = Buffer.from(text, 'base64')
        const at = bit % (bytes.length * 8)
        bytes[at >> 3]! ^= 1 << (at & 7)
        const [read] = await Promise.allSettled([decodeResult(bytes.toString('base64'), own)])
        if (read.status === 'rejected') expect(read.reason).toBeInstanceOf(Error)
      }),
      { numRuns: 2_000 },
    )
  })
})
