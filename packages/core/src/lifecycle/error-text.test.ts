import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StaffaError } from '../support/errors.ts'
import { errorText, reasonText } from './error-text.ts'

function withFrames(error: Error, frames: readonly string[]): Error {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n')

  return error
}

describe('the headline names the class and the message', () => {
  class PaymentError extends Error {
    override readonly name = 'PaymentError'
  }

  test.each([
    [new Error('boom'), '** (Error) boom'],
    [new TypeError('boom'), '** (TypeError) boom'],
    [new PaymentError('declined'), '** (PaymentError) declined'],
    [
      new StaffaError('TIMEOUT', 'send-email timed out after 5ms'),
      '** (StaffaError TIMEOUT) send-email timed out after 5ms',
    ],
    ['text', '** (Thrown) text'],
    [{ code: 1 }, '** (Thrown) {"code":1}'],
    [undefined, '** (Thrown) undefined'],
    [null, '** (Thrown) null'],
    [7n, '** (Thrown) 7'],
    [Symbol('s'), '** (Thrown) Symbol(s)'],
  ])('%o', (error, headline) => {
    expect(errorText(error).split('\n')[0]).toBe(headline)
  })
})

test('then a line a frame, without those of Node and of Staffa itself', () => {
  const error = withFrames(new Error('boom'), [
    'send (/app/src/send.ts:1:1)',
    'async file:///app/packages/core/src/mail.ts:2:2',
    'async handler (/app/node_modules/@staffa/core/dist/index.js:3:3)',
    'dispatch (file:///srv/staffa/packages/core/src/layers/compose.ts:4:4)',
    'async Producer.#run (/srv/staffa/packages/core/src/runtime/producer.ts:4:4)',
    'process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    'node:internal/timers:1:1',
    'render (/app/node_modules/handlebars/index.js:5:5)',
  ])

  expect(errorText(error)).toBe(`** (Error) boom
    at send (/app/src/send.ts:1:1)
    at async file:///app/packages/core/src/mail.ts:2:2
    at render (/app/node_modules/handlebars/index.js:5:5)`)
})

test('at most twenty frames', () => {
  const frames = Array.from({ length: 100 }, (_, index) => `f${index} (/app/a.ts:${index}:1)`)

  expect(errorText(withFrames(new Error('deep'), frames)).split('\n')).toHaveLength(21)
})

test('the causes follow, five errors in all', () => {
  const bottom = withFrames(new Error('6'), [])
  const chain = [5, 4, 3, 2, 1].reduce((cause, n) => withFrames(new Error(String(n), { cause }), []), bottom)

  expect(errorText(chain).split('\n')).toEqual([
    '** (Error) 1',
    ...[2, 3, 4, 5].map((n) => `Caused by: ** (Error) ${n}`),
  ])
  expect(errorText(withFrames(new Error('a', { cause: 'b' }), []))).toBe('** (Error) a\nCaused by: ** (Thrown) b')
})

test('an error that causes itself is told once', () => {
  const error = withFrames(new Error('round'), [])
  error.cause = error

  expect(errorText(error)).toBe('** (Error) round')
})

test('what PostgreSQL cannot hold is replaced, and what is too long is cut', () => {
  const text = errorText(withFrames(new Error(`a\0b\ud800c${'x'.repeat(100_000)}\u{1F98A}`), []))

  expect(text).toContain('a\u{FFFD}b\u{FFFD}c')
  expect(text).toHaveLength(16_385)
  expect(text.endsWith('…')).toBe(true)
})

test('a cut never goes through a character', () => {
  fc.assert(
    fc.property(fc.nat(3), (shift) => {
      const text = errorText(`${'x'.repeat(shift)}${'\u{1F98A}'.repeat(10_000)}`)

      expect(text.isWellFormed()).toBe(true)
      expect(text).not.toContain('\u{FFFD}')
    }),
  )
})

test.each([
  ['Cancelled', 'unsubscribed', '** (Cancelled) send-email was cancelled: unsubscribed'],
  ['Cancelled', undefined, '** (Cancelled) send-email was cancelled'],
  ['Discarded', { code: 1 }, '** (Discarded) send-email was discarded: {"code":1}'],
  ['Failed', 'busy', '** (Failed) send-email failed: busy'],
  ['Failed', 'a\0b', '** (Failed) send-email failed: a\u{FFFD}b'],
  ['Failed', 7n, '** (Failed) send-email failed: 7'],
])('%s for the reason %o reads: %s', (kind, reason, text) => {
  expect(reasonText(kind, 'send-email', reason)).toBe(text)
})

test('an error as the reason is written as an error', () => {
  expect(reasonText('Cancelled', 'send-email', withFrames(new TypeError('boom'), []))).toBe('** (TypeError) boom')
})

describe('whatever is thrown, there is text that can be stored', () => {
  const throwsItself = () => {
    const error = new Error('evil')
    Object.defineProperty(error, 'message', {
      get: () => {
        throw error
      },
    })
    return error
  }
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
    revoke()
    return proxy
  }
  const evils: readonly [string, () => unknown][] = [
    ['an error whose message throws itself', throwsItself],
    ['a revoked proxy', revoked],
    ['an error whose name is a symbol', () => Object.assign(new Error('x'), { name: Symbol('n') })],
    ['an error whose stack throws', () => Object.defineProperty(new Error('x'), 'stack', { get: throwsItself })],
    ['a cause that cannot be looked at', () => new Error('x', { cause: revoked() })],
    [
      'an object that JSON cannot hold',
      () => ({
        toJSON: throwsItself,
        get [Symbol.toStringTag]() {
          throw 1
        },
      }),
    ],
  ]

  test.each(evils)('%s', (_, make) => {
    for (const text of [errorText(make()), reasonText('Failed', 'w', make())]) {
      expect(text).toMatch(/^\*\* \(.+\) ./)
    }
  })

  test('anything at all', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (thrown) => {
        for (const text of [errorText(thrown), reasonText('Failed', 'w', thrown)]) {
          expect(text.isWellFormed()).toBe(true)
          expect(text).not.toContain('\0')
          expect(text.length).toBeLessThanOrEqual(16_385)
        }
      }),
    )
  })
})
