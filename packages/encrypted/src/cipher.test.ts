import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openEnvelope, sealText } from './cipher.ts'
import { type Cipher, parseEnvelope } from './envelope.ts'

const ciphers = ['gcm', 'ctr'] as const
const key = { id: '2026.1', secret: createSecretKey(randomBytes(32)) }
const binding = ['args', 'send-email']

function open(text: string, { with: by = key, as = binding } = {}): string | undefined {
  const envelope = parseEnvelope(text)

  return envelope && openEnvelope(envelope, by, as)
}

function changed(text: string, at: number, by: number): string {
  const bytes = Buffer.from(text)
  bytes[at] = (bytes[at] ?? 0) ^ by

  return bytes.toString('latin1')
}

describe.each(ciphers)('sealing with %s', (cipher: Cipher) => {
  const seal = (text: string) => sealText(text, { cipher, key, binding })

  test('what is sealed can be opened again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(open(seal(text))).toBe(text)
      }),
    )
  })

  test('the envelope tells its version, its cipher and its key, and equal texts do not look equal', () => {
    expect(seal('secret')).toMatch(new RegExp(`^v1\\.${cipher}\\.2026%2E1\\.[\\w-]+\\.[\\w-]+\\.[\\w-]+$`))
    expect(seal('secret')).not.toBe(seal('secret'))
  })

  test('an envelope with any bit changed is refused', () => {
    const text = seal('{"to":"ann@example.com"}')

    for (let at = 0; at < text.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1)
        expect(open(changed(text, at, 1 << bit)), `bit ${bit} of ${at}`).toBeUndefined()
    }
  })

  test('an envelope that was cut short, or added to, is refused', () => {
    const text = seal('secret')

    for (let length = 0; length < text.length; length += 1) expect(open(text.slice(0, length))).toBeUndefined()
    for (const more of ['A', '=', '.', ' ', '\n', 'AAAA']) expect(open(text + more)).toBeUndefined()
  })

  test('another key opens nothing, whatever its name', () => {
    expect(open(seal('secret'), { with: { id: key.id, secret: createSecretKey(randomBytes(32)) } })).toBeUndefined()
  })

  test.each([
    [['args', 'another-worker']],
    [['result', 'send-email']],
    [['args']],
    [['args', 'send-email', '']],
    [['argssend-email']],
  ])('it opens only as what it was sealed as, not as %j', (as) => {
    expect(open(seal('secret'), { as })).toBeUndefined()
  })
})

test('one cipher does not open what the other has sealed', () => {
  const [gcm, ctr] = ciphers.map((cipher) => sealText('secret', { cipher, key, binding }))

  expect(open(gcm?.replace('.gcm.', '.ctr.') ?? '')).toBeUndefined()
  expect(open(ctr?.replace('.ctr.', '.gcm.') ?? '')).toBeUndefined()
})

test.each([
  'v1.gcm.2026%2E1.yZ9IMKK6wJiEsCyA.FJ24ffX4nyQYBinEjjP44SlUczn0BRta.9YwiE6Z8kAPJeOwzepRQjA',
  'v1.ctr.2026%2E1.QVnFuSDGOGh5_5q5IcUdxQ.9By3_K6SD5ic4FwJxq67cOQXK_lHUscZ.Dyb4e7yHAcasKED8L85MHHvvl1xzvb-mKprUawQfC8s',
])('what was sealed once can be opened for ever: %s', (sealed) => {
  const old = { id: '2026.1', secret: createSecretKey(Buffer.alloc(32, 'an old key')) }

  expect(open(sealed, { with: old, as: ['args', 'send-"email"'] })).toBe('{"to":"ann@example.com"}')
})
