import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openEnvelope } from './cipher.ts'
import { isKeyId, parseEnvelope, printEnvelope } from './envelope.ts'

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))
const keyIds = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }).filter(isKeyId)
const body = fc.uint8Array().map((array) => Buffer.from(array))

const envelopes = fc.oneof(
  fc.record({ cipher: fc.constant('gcm' as const), keyId: keyIds, iv: bytes(12), body, tag: bytes(16) }),
  fc.record({ cipher: fc.constant('ctr' as const), keyId: keyIds, iv: bytes(16), body, tag: bytes(32) }),
)
const almost = envelopes.chain((envelope) => {
  const text = printEnvelope(envelope)

  return fc.tuple(fc.nat(text.length), fc.string()).map(([at, noise]) => text.slice(0, at) + noise + text.slice(at + 1))
})

test('every envelope is read as it was written', () => {
  fc.assert(
    fc.property(envelopes, (envelope) => {
      expect(parseEnvelope(printEnvelope(envelope))).toEqual(envelope)
    }),
  )
})

test('of 10,000 random envelopes none opens, and none does harm', () => {
  const key = { id: 'default', secret: createSecretKey(Buffer.alloc(32, 7)) }

  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything(), almost, envelopes.map(printEnvelope)), (text) => {
      const envelope = parseEnvelope(text)
      if (envelope) expect(printEnvelope(envelope)).toBe(text)
      expect(envelope && openEnvelope(envelope, key, ['args', 'send-email'])).toBeUndefined()
    }),
    { numRuns: 10_000 },
  )
})

test.each([
  ['of another version', 'v2.gcm.default.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['of another cipher', 'v1.cbc.default.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['of a cipher that every object has', 'v1.constructor.default.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['of the prototype', 'v1.__proto__.default.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['without a key id', 'v1.gcm..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['with a key id that is escaped in another way', 'v1.gcm.%64efault.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['with a key id that is escaped badly', 'v1.gcm.%ff.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['with a key id that is too long', `v1.gcm.${'k'.repeat(101)}.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA`],
  ['with a short nonce', 'v1.gcm.default.AAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA'],
  ['with a short tag', 'v1.gcm.default.AAAAAAAAAAAAAAAA.AA.AAAAAA'],
  ['with bits to spare', 'v1.gcm.default.AAAAAAAAAAAAAAAA.AB.AAAAAAAAAAAAAAAAAAAAAA'],
])('an envelope %s is none', (_, text) => {
  expect(parseEnvelope(text)).toBeUndefined()
})

test('the envelope that those vary is one', () => {
  expect(parseEnvelope('v1.gcm.default.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA')).toMatchObject({ keyId: 'default' })
})
