import { deflateSync } from 'node:zlib'
import { isStaffaError } from '@staffa/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeResult } from '../../src/encoding.ts'
import { recorded } from '../../src/index.ts'

const numRuns = 10_000

/** Texts as `devalue` writes them, and as it does not. */
const devalued = fc.oneof(
  fc.constantFrom(
    ...[
      '[{"__proto__":1},5]',
      '[{"constructor":1},{"prototype":2},{"polluted":3},true]',
      '[["Entries",1],[2],[3,4],"__proto__",5]',
    ],
    ...[
      '[["Date",1],"x"]',
      '[["RegExp","(a+)+$","g"]]',
      '[["Map",1,2],1,2]',
      '[["BigInt","1e9"]]',
      '[["constructor",1],2]',
      '-1',
      '[]',
    ],
    ...[
      '[[-7,4294967295,0,1]]',
      '[["Uint8Array",1],["ArrayBuffer","AAAA"]]',
      '[["View",0]]',
      '[[0]]',
      '{}',
      'null',
      '[["null","__proto__",1],2]',
    ],
  ),
  fc.json({ maxDepth: 3 }),
)
const bytes = fc.oneof(
  devalued.map((text) => Buffer.concat([Buffer.of(1), Buffer.from(text)])),
  devalued.map((text) => Buffer.concat([Buffer.of(17), deflateSync(text)])),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.concat([Buffer.of(131), array])),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.concat([Buffer.of(131, 80, 0, 0, 0, 9), deflateSync(array)])),
  fc
    .array(fc.constantFrom(97, 98, 100, 104, 106, 108, 109, 110, 111, 116, 119, 0, 1, 2, 255), { maxLength: 80 })
    .map((list) => Buffer.from([131, ...list])),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
)
const texts = fc.oneof(
  { weight: 9, arbitrary: bytes.map((list) => list.toString('base64')) },
  { weight: 1, arbitrary: fc.string() },
)

afterAll(() => expect(Object.keys(Object.prototype)).toEqual([]))

test('any text is a result or is refused, and changes nothing that all objects share', async () => {
  const property = fc.asyncProperty(texts, async (text) => {
    const error = await decodeResult(text, 'javascript').then(
      () => undefined,
      (reason) => reason,
    )

    expect(error === undefined || error instanceof Error).toBe(true)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  await fc.assert(property, { numRuns })
})

describe('a small text that would become a large result', () => {
  const packed = (head: readonly number[], content: Buffer) =>
    Buffer.concat([Buffer.from(head), deflateSync(content)]).toString('base64')
  const length = 16 * 1024 ** 2
  const term = (content: Buffer) =>
    packed(
      [
        131,
        80,
        content.length >>> 24,
        (content.length >>> 16) & 255,
        (content.length >>> 8) & 255,
        content.length & 255,
      ],
      content,
    )
  const listOf = (count: number) => Buffer.from([108, ...[24, 16, 8, 0].map((shift) => (count >>> shift) & 255)])

  test.each<[string, string]>([
    ['of nothing but lists in lists', term(Buffer.alloc(length, Buffer.from([108, 0, 0, 0, 1])))],
    ['of more than it may unpack to', packed([17], Buffer.alloc(64 * 1024 ** 2, '['))],
    [
      'that says it has four billion members',
      Buffer.concat([Buffer.of(131), listOf(2 ** 32 - 1), Buffer.of(106)]).toString('base64'),
    ],
    ['of brackets', packed([17], Buffer.alloc(length / 8, '['))],
    ['of an integer with millions of digits', packed([17], Buffer.from(`[["BigInt","${'9'.repeat(length / 2)}"]]`))],
    ['of empty lists', term(Buffer.concat([listOf(length - 10), Buffer.alloc(length - 10, 106)]))],
  ])('%s is refused, soon and without filling the memory', async (_, text) => {
    const began = performance.now()
    const before = process.memoryUsage().rss
    await decodeResult(text, 'javascript').then(
      (result) => expect.unreachable(typeof result),
      (error) => expect(error).toBeInstanceOf(Error),
    )

    expect(performance.now() - began).toBeLessThan(20_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(768 * 1024 ** 2)
  })
})

test('whatever the options are, they are taken or refused with a reason', () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>('__proto__', 'constructor', Symbol('s'), Object.create(null), null),
    fc.anything(),
  )
  const given = fc.record(
    {
      limit: fc.oneof(fc.constant(5), odd),
      to: fc.oneof(fc.constant('x'), odd),
      codec: odd,
      storage: odd,
      onOversize: odd,
    },
    { requiredKeys: [] },
  )
  const property = fc.property(fc.oneof(given, odd), (options) => {
    try {
      recorded(options as never)
    } catch (error) {
      expect(isStaffaError(error)).toBe(true)
    }
  })

  fc.assert(property, { numRuns })
})
