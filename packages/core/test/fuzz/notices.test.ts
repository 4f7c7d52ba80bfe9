import { deflateRawSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNotice, encodeNotice } from '../../src/engine/notice.ts'
import { allHeard, databases, events, instance, noop } from '../behaviour/kit.ts'
import { numRuns } from './junk.ts'

const bomb = gzipSync(Buffer.alloc(4 * 1024 ** 2, ' '), { level: 9 }).toString('base64')
const object = fc.dictionary(
  fc.constantFrom('action', 'queue', 'limit', 'paused', 'job_id', 'ident', 'down', '__proto__', 'constructor'),
  fc.oneof(
    fc.constantFrom('pause', 'scale', 'start', 'explode', 'any', 'settle', 'no such queue', '*', '', 'x'.repeat(200)),
    fc.constantFrom(0, -1, 1.5, 2 ** 53, null, true, [], {}, { toString: 1, valueOf: 1 }),
  ),
  { maxKeys: 4 },
)
const meaning = fc
  .oneof({ weight: 3, arbitrary: object }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
  .map((value) => JSON.stringify(value))
const packed = fc.oneof(meaning, fc.string()).map((text) => gzipSync(text).toString('base64'))
const damaged = fc.tuple(packed, fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, put]) => {
  const place = at % text.length

  return text.slice(0, place) + put + text.slice(place + 1)
})
const broken = fc.constantFrom(
  ...[
    '',
    'Z:',
    'H4sI',
    'H4sIAAAA',
    'Z:H4sI',
    '{',
    '[',
    'null',
    '"x"',
    '[]',
    '5',
    'NaN',
    '\u2028',
    '{"queue":',
    'undefined',
  ],
  ...[bomb, `Z:${bomb}`, bomb.slice(0, -20), '['.repeat(7_000), 'x'.repeat(7_999), '{"a":'.repeat(1_500)],
  deflateRawSync('{}').toString('base64'),
)

/** Anything that a session may send: the server takes neither NUL nor halves of surrogate pairs, nor 8,000 bytes. */
const payloads = fc
  .oneof(
    { weight: 3, arbitrary: meaning },
    { weight: 1, arbitrary: packed },
    { weight: 1, arbitrary: packed.map((text) => `Z:${text}`) },
    { weight: 2, arbitrary: damaged },
    { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 2, arbitrary: broken },
  )
  .map((text) => text.replaceAll('\0', ' ').toWellFormed())
  .filter((text) => Buffer.byteLength(text) < 8_000)

test('a notice is decoded to what JSON can say, or refused, and never unpacked without bound', () => {
  const property = fc.property(payloads, (text) => {
    const decoded = tried(text)
    if (decoded instanceof Error) return

    expect(JSON.stringify(decoded).length).toBeLessThanOrEqual(1_048_576 * 6)
  })

  fc.assert(property, { numRuns })
})

/** What it says, or why that cannot be told. */
function tried(text: string): unknown {
  try {
    return decodeNotice(text)
  } catch (error) {
    return error
  }
}

test('what unpacks to more than a megabyte is refused', () => {
  expect(() => decodeNotice(bomb)).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }))
})

/** Whether a notice means nothing to a node that works no queue but `mine`: as its readers are told to see it. */
function isGarbage(channel: string, text: string): boolean {
  const notice = tried(text)
  if (typeof notice !== 'object' || notice === null || Array.isArray(notice) || notice instanceof Error) return true
  const { ident, queue } = notice as { readonly ident?: unknown; readonly queue?: unknown }
  if (!(ident === undefined || ident === null || ident === 'any')) return false

  return channel === 'insert' && typeof queue !== 'string'
}

describe.each(databases)('on %s', (name, database) => {
  test('a node counts the notices that make no sense, passes them over, and goes on', { timeout: 60_000 }, async () => {
    const count = name === 'PostgreSQL' ? 4_000 : 500
    const staffa = await instance({ database: database(), workers: [noop], queues: { mine: 5 } })
    const garbage = events('notifier.garbage', staffa.node)
    const failures = events('failure', staffa.node)
    await staffa.start()
    const channels = fc.constantFrom('insert', 'leader', 'staffa')
    const sent = fc.sample(fc.tuple(channels, payloads), count)
    await send(staffa, [...new Map(sent.map((pair) => [JSON.stringify(pair), pair])).values()])
    await allHeard(staffa)
    const wanted = [...new Set(sent.map((pair) => JSON.stringify(pair)))].map((pair) => JSON.parse(pair))

    expect(failures).toEqual([])
    expect(garbage).toHaveLength(wanted.filter(([channel, text]) => isGarbage(channel, text)).length)
  })

  test('commands that are none are counted, and queues and jobs stay as they are', { timeout: 60_000 }, async () => {
    const staffa = await instance({ database: database(), workers: [noop], queues: { mine: 5 } })
    const garbage = events('notifier.garbage', staffa.node)
    const failures = events('failure', staffa.node)
    await staffa.start()
    const strange = [
      { action: 'explode', queue: 'mine' },
      { action: 'scale', queue: 'mine', limit: '7' },
      { action: 'scale', queue: 'mine', limit: 0 },
      { action: 'scale', queue: '*', limit: 5 },
      { action: 'start', queue: 'mine' },
      { action: 'start', queue: 'x'.repeat(200), limit: 5 },
      { action: 'start', queue: 'other', limit: 1e9 },
      { action: 'pause', queue: { toString: 1 } },
      { action: 'pkill', job_id: '1' },
      { queue: 'mine' },
      { ['__proto__']: { action: 'stop', queue: 'mine' } },
    ]
    await send(
      staffa,
      strange.map((notice) => ['signal', encodeNotice(notice)] as const),
    )
    await allHeard(staffa)
    const { id } = await staffa.insert(noop.new({}, { queue: 'mine' }))
    await expect.poll(async () => (await staffa.jobs.get(id))?.state).toBe('completed')

    expect(garbage).toHaveLength(strange.length)
    expect(failures).toEqual([])
    expect(staffa.queues.checkAll()).toMatchObject([{ queue: 'mine', limit: 5, paused: false }])
  })
})

interface Session {
  readonly prefix: string
  query(text: string, values: readonly unknown[]): Promise<unknown>
}

/** Sends notices as any session can, past everything that we would have to say about them. */
async function send(session: Session, notices: readonly (readonly [channel: string, text: string])[]) {
  const text = `SELECT count(pg_notify('${session.prefix}.oban_' || (pair ->> 0), pair ->> 1))
    FROM jsonb_array_elements($1::text::jsonb) AS pair`
  await session.query(text, [JSON.stringify(notices)])
}
