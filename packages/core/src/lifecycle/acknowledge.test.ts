import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aJob } from '../../test/a-job.ts'
import type { Job } from '../job/job.ts'
import { cancel, complete, discard, fail, type Outcome, snooze } from '../job/outcome.ts'
import { StaffaError } from '../support/errors.ts'
import { type Ack, acknowledge, type Backoff, type Raised } from './acknowledge.ts'

const first = aJob({ attempt: 1, maxAttempts: 3 })
const last = aJob({ attempt: 3, maxAttempts: 3 })
const raised = (error: unknown): Raised => ({ kind: 'raised', error })
const stopped = (code: string) => raised(new StaffaError(code, 'stopped'))

/** What an Ack says, without the fields that say nothing. */
function said(ack: Ack): object {
  return JSON.parse(JSON.stringify(ack))
}

describe('what becomes of a job, with attempts left and without', () => {
  const text = expect.stringMatching(/^\*\* \(.+\) /)
  const soon = { delay: expect.any(Number) }
  const refunded = { refund: true, claimedAt: first.attemptedAt?.toISOString() }
  const table: readonly [string, Outcome | Raised, object, object][] = [
    ['completed', complete(1), { state: 'completed' }, { state: 'completed' }],
    [
      'snoozed',
      snooze({ minutes: 1 }),
      { state: 'scheduled', delay: 60_000, ...refunded, meta: { snoozed: 1 } },
      { state: 'scheduled', delay: 60_000, ...refunded, meta: { snoozed: 1 } },
    ],
    ['cancelled', cancel('why'), { state: 'cancelled', error: text }, { state: 'cancelled', error: text }],
    ['discarded', discard('why'), { state: 'discarded', error: text }, { state: 'discarded', error: text }],
    ['failed', fail('why'), { state: 'retryable', error: text, ...soon }, { state: 'discarded', error: text }],
    [
      'threw',
      raised(new Error('x')),
      { state: 'retryable', error: text, ...soon },
      { state: 'discarded', error: text },
    ],
    [
      'threw nothing',
      raised(undefined),
      { state: 'retryable', error: text, ...soon },
      { state: 'discarded', error: text },
    ],
    ['timeout', stopped('TIMEOUT'), { state: 'retryable', error: text, ...soon }, { state: 'discarded', error: text }],
    ['stopped by hand', stopped('CANCELLED'), { state: 'cancelled', error: text }, { state: 'cancelled', error: text }],
    ['too late', stopped('DEADLINE'), { state: 'cancelled', error: text }, { state: 'cancelled', error: text }],
    ['shutdown', stopped('SHUTDOWN'), { state: 'available', ...refunded }, { state: 'available', ...refunded }],
  ]

  test.each(table)('%s', (_, ended, withAttempts, without) => {
    expect(said(acknowledge(first, ended))).toEqual({ id: 1, attempt: 1, ...withAttempts })
    expect(said(acknowledge(last, ended))).toEqual({ id: 1, attempt: 3, ...without })
  })
})

test('the attempt that goes beyond the last is the last', () => {
  expect(acknowledge(aJob({ attempt: 5, maxAttempts: 3 }), raised(new Error('x')))).toMatchObject({
    state: 'discarded',
  })
})

describe('the wait before a retry', () => {
  test("is Oban's, in milliseconds, unless the worker has its own", () => {
    const { delay } = acknowledge(first, raised(new Error('x')))

    expect(delay).toBeGreaterThanOrEqual(17_000)
    expect(delay).toBeLessThanOrEqual(18_000)
  })

  test('is what the worker says of the job and the error', () => {
    const seen: unknown[] = []
    const error = new Error('x')
    const wait: Backoff = (job, thrown) => {
      seen.push([job, thrown])
      return { minutes: job.attempt }
    }

    expect(acknowledge(first, raised(error), wait)).toMatchObject({ delay: 60_000 })
    expect(acknowledge(first, fail('why'), wait)).toMatchObject({ delay: 60_000 })
    expect(seen).toEqual([
      [first, error],
      [first, 'why'],
    ])
    expect(acknowledge(first, raised(error), () => 0)).toMatchObject({ state: 'retryable', delay: 0 })
  })

  const bad: readonly [string, unknown][] = [
    ['a negative one', () => -1],
    ['not a number', () => Number.NaN],
    ['no end', () => Number.POSITIVE_INFINITY],
    ['text', () => '5 minutes'],
    ['nothing', () => undefined],
    ['more than a date can hold', () => 1e300],
    ['a promise', async () => 5],
    ['a promise that is broken', async () => Promise.reject(new Error('no'))],
    [
      'an error',
      () => {
        throw new Error('no')
      },
    ],
  ]

  test.each(bad)('falls back on the usual one for %s', (_, wait) => {
    const { state, delay } = acknowledge(first, raised(new Error('x')), wait as Backoff)

    expect(state).toBe('retryable')
    expect(delay).toBeGreaterThanOrEqual(17_000)
    expect(delay).toBeLessThanOrEqual(18_000)
  })
})

describe('snoozing', () => {
  test('counts on from what the meta says', () => {
    expect(acknowledge(aJob({ meta: { snoozed: 2 } }), snooze(1)).meta).toEqual({ snoozed: 3 })
    expect(acknowledge(aJob({ meta: { snoozed: 'often' } }), snooze(1)).meta).toEqual({ snoozed: 1 })
  })

  test('for no time at all is allowed', () => {
    expect(acknowledge(last, snooze(0))).toMatchObject({ state: 'scheduled', delay: 0 })
  })

  test.each([-1, Number.NaN, 'soon', undefined, { minute: 1 }, { days: 1e9 }])(
    'for %o is a failure of the attempt',
    (duration) => {
      expect(acknowledge(first, snooze(duration as never))).toMatchObject({
        state: 'retryable',
        error: expect.stringMatching(/StaffaError (INVALID|UNKNOWN)_OPTION\) /),
      })
      expect(acknowledge(last, snooze(duration as never))).toMatchObject({ state: 'discarded' })
    },
  )
})

describe('meta that layers gave the outcome', () => {
  test('is written, and the count of snoozes wins over it', () => {
    expect(acknowledge(first, { ...complete(1), meta: { recorded: 'x' } }).meta).toEqual({ recorded: 'x' })
    expect(acknowledge(first, { ...snooze(1), meta: { recorded: 'x', snoozed: 9 } }).meta).toEqual({
      recorded: 'x',
      snoozed: 1,
    })
  })

  test('fails the attempt when it cannot be stored', () => {
    expect(acknowledge(first, { ...complete(1), meta: { at: new Date() as never } })).toMatchObject({
      state: 'retryable',
      error: expect.stringContaining('expected meta.at to be something that JSON can hold'),
    })
  })
})

test('an outcome of a kind that is not known fails the attempt', () => {
  const unknown = { ...complete(1), kind: 'postponed' } as never

  expect(acknowledge(first, unknown)).toMatchObject({
    state: 'retryable',
    error: expect.stringContaining('expected an outcome that Staffa knows, got "postponed"'),
  })
})

test('whatever an attempt led to, there is an Ack that the database can take', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })
  const outcome = fc.oneof(
    fc.tuple(fc.constantFrom(complete, cancel, discard, fail), anything).map(([make, value]) => make(value)),
    anything.map((duration) => snooze(duration as never)),
    anything.map(raised),
    fc.constantFrom('CANCELLED', 'DEADLINE', 'SHUTDOWN', 'TIMEOUT', 'LOST').map(stopped),
    anything.map((meta) => ({ ...complete(1), meta: meta as never })),
    anything.map((ended) => ended as Outcome),
  )
  const job = fc
    .record({ attempt: fc.integer({ min: 1, max: 50 }), maxAttempts: fc.integer({ min: 1, max: 50 }) })
    .map((counts): Job => aJob(counts))
  const wait = fc.oneof(
    fc.constant(undefined),
    anything.map((duration) => (() => duration) as Backoff),
  )

  fc.assert(
    fc.property(job, outcome, wait, (given, ended, backoff) => {
      const ack = acknowledge(given, ended, backoff)

      expect(ack).toMatchObject({ id: given.id, attempt: given.attempt })
      expect(ack.state).toBeOneOf(['completed', 'cancelled', 'discarded', 'retryable', 'scheduled', 'available'])
      expect(ack.delay ?? 0).toBeGreaterThanOrEqual(0)
      expect(ack.delay ?? 0).toBeLessThanOrEqual(8_640_000_000_000)
      if (ack.state === 'retryable') expect(given.attempt).toBeLessThan(given.maxAttempts)
      expect(ack.error === undefined || ack.error.isWellFormed()).toBe(true)
      expect(JSON.parse(JSON.stringify(ack)).meta).toEqual(ack.meta)
    }),
    { numRuns: 500 },
  )
})
