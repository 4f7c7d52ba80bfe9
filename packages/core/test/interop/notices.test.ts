import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelName } from '../../src/engine/names.ts'
import { decodeNotice, encodeNotice } from '../../src/engine/notice.ts'
import { foundNotices } from './fixtures.ts'

/** The notices that are not plain JSON, and what their senders say that they said. */
const compressed = [
  { text: 'x'.repeat(600) },
  { action: 'pause', queue: 'elixir', ident: 'any' },
  { action: 'pkill', job_id: 7 },
  { action: 'resign', node: 'py-1', name: 'Oban' },
]

describe('notices of other programs', () => {
  const plain = foundNotices.filter(({ payload }) => payload.startsWith('{'))
  const others = foundNotices.filter(({ payload }) => !payload.startsWith('{'))

  it('are there to be read, in all encodings', () => {
    expect([plain.length, others.length]).toEqual([28, 4])
    expect(others.map(({ payload }) => payload.slice(0, 4))).toEqual(['Z:H4', 'H4sI', 'H4sI', 'H4sI'])
  })

  it.each(plain.map(({ source, channel, payload }) => [source, channel, payload] as const))(
    'are read when plain: %s on %s: %s',
    (_source, _channel, payload) => {
      expect(JSON.stringify(decodeNotice(payload))).toBe(payload)
    },
  )

  it.each(others.map(({ source, payload }, place) => [source, payload, compressed[place]] as const))(
    'are read when compressed: %s: %s',
    (_source, payload, expected) => {
      expect(decodeNotice(payload)).toEqual(expected)
    },
  )

  it('come on channels of the names that we listen to', () => {
    const known = ['signal', 'insert', 'leader', 'sonar', 'gossip', 'metrics'].map((name) =>
      channelName('public', name),
    )

    expect(known).toEqual(expect.arrayContaining([...new Set(foundNotices.map(({ channel }) => channel))]))
  })
})

/** As Elixir reads: what is marked, what looks like gzip, anything else as JSON. */
function readAsElixir(text: string): unknown {
  if (text.startsWith('Z:')) return JSON.parse(unpack(text.slice(2)))

  return JSON.parse(text.startsWith('H4sI') ? unpack(text) : text)
}

/** As Python reads: JSON when it begins like an object, else gzip. A marked one would end its listening. */
function readAsPython(text: string): unknown {
  return JSON.parse(text.startsWith('{') ? text : unpack(text))
}

function unpack(base64: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('this is not base64')

  return gunzipSync(Buffer.from(base64, 'base64')).toString('utf8')
}

describe('notices of ours', () => {
  it('are read the same by everybody, whatever their size', () => {
    const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 60 })
    const property = fc.property(objects, (payload) => {
      const text = encodeNotice(payload)
      const same = JSON.parse(JSON.stringify(payload))

      expect(readAsElixir(text)).toEqual(same)
      expect(readAsPython(text)).toEqual(same)
      expect(decodeNotice(text)).toEqual(same)
    })

    fc.assert(property, { numRuns: 500 })
  })

  it.each([
    [512, 'plain'],
    [513, 'compressed'],
  ])('are plain up to 512 bytes: %i is %s', (bytes, form) => {
    const ascii = { text: 'a'.repeat(bytes - Buffer.byteLength('{"text":""}')) }
    const accented = { text: `${ascii.text.slice(2)}é` }

    for (const payload of [ascii, accented]) {
      expect(Buffer.byteLength(JSON.stringify(payload))).toBe(bytes)
      const isPlain = encodeNotice(payload) === JSON.stringify(payload)
      expect(isPlain).toBe(form === 'plain')
      expect(encodeNotice(payload).startsWith('H4sI')).toBe(form === 'compressed')
    }
  })
})
