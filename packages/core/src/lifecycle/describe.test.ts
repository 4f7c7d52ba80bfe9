import fc from 'fast-check'
import { expect, describe as suite, test } from 'vitest'
import { definition } from '../job/job.ts'
import { describe, newJob } from './describe.ts'
import type { JobOptions } from './options.ts'

const job = (options?: JobOptions, defaults?: JobOptions) => describe({ name: 'send-email', defaults }, {}, options)

test('a job is described with defaults', () => {
  expect(describe({ name: 'send-email' }, { to: 'ann@example.com' })).toEqual({
    worker: 'send-email',
    queue: 'default',
    args: { to: 'ann@example.com' },
    meta: {},
    tags: [],
    priority: 0,
    maxAttempts: 20,
    scheduledAt: undefined,
    delay: undefined,
    deadline: undefined,
    unique: undefined,
    replace: undefined,
  })
})

test('options come from the call, then from the worker, and an undefined one is as good as none', () => {
  const defaults = { queue: 'mail', priority: 3, maxAttempts: 5 }

  expect(job({}, defaults)).toMatchObject(defaults)
  expect(job({ priority: 0 }, defaults)).toMatchObject({ queue: 'mail', priority: 0, maxAttempts: 5 })
  expect(job({ queue: undefined, priority: undefined }, defaults)).toMatchObject(defaults)
})

test('it carries the worker that described it, out of sight', () => {
  const worker = { name: 'send-email' }
  const described = describe({ name: 'send-email', definition: worker }, {})

  expect(described[definition]).toBe(worker)
  expect(JSON.stringify(described)).not.toContain('definition')
  expect(definition in job()).toBe(false)
})

suite('tags', () => {
  test.each([
    [['ALPHA', ' alpha '], ['alpha']],
    [
      ['b', 'a', 'b'],
      ['b', 'a'],
    ],
    [['', '  '], []],
  ])('%j become %j', (tags, kept) => {
    expect(job({ tags }).tags).toEqual(kept)
  })

  test("are added to the worker's", () => {
    expect(job({ tags: ['b', 'A'] }, { tags: ['a', 'c'] }).tags).toEqual(['a', 'c', 'b'])
  })

  test('are trimmed, in lower case, each once, in the order of their first appearance', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (own, call) => {
        const { tags } = job({ tags: call }, { tags: own })
        const words = [...own, ...call].map((tag) => tag.trim().toLowerCase())

        expect(tags).toEqual(words.filter((word, index) => word !== '' && words.indexOf(word) === index))
      }),
    )
  })
})

suite('meta', () => {
  test("is merged over the worker's", () => {
    expect(job({ meta: { b: 2, c: 3 } }, { meta: { a: 1, b: 1 } }).meta).toEqual({ a: 1, b: 2, c: 3 })
  })

  test("holds the job's own timeout, in milliseconds", () => {
    expect(job({ timeout: { minutes: 1 }, meta: { a: 1 } }).meta).toEqual({ a: 1, timeout: 60_000 })
  })
})

suite('scheduling', () => {
  const at = new Date('2040-01-01T00:00:00Z')

  test.each<[JobOptions, object]>([
    [{}, { delay: undefined, scheduledAt: undefined }],
    [{ scheduleIn: { minutes: 1 } }, { delay: 60_000, scheduledAt: undefined }],
    [{ scheduleIn: 60 }, { delay: 60_000 }],
    [{ scheduleIn: 0 }, { delay: 0 }],
    [{ scheduleIn: -60 }, { delay: -60_000 }],
    [{ scheduledAt: at }, { delay: undefined, scheduledAt: at }],
    [
      { scheduledAt: at, scheduleIn: 60 },
      { delay: 60_000, scheduledAt: undefined },
    ],
    [
      { scheduledAt: at, scheduleIn: undefined },
      { delay: undefined, scheduledAt: at },
    ],
    [{ deadline: { hours: 1 } }, { deadline: 3_600_000 }],
  ])('%j', (options, expected) => {
    expect(job(options)).toMatchObject(expected)
  })

  test('a date that is changed afterwards does not change the job', () => {
    const mine = new Date(at)
    const described = job({ scheduledAt: mine })
    mine.setUTCFullYear(1999)

    expect(described.scheduledAt).toEqual(at)
  })
})

suite('unique', () => {
  test("the call's options are merged over the worker's, key by key; undefined ones are as good as none", () => {
    const own = { unique: { period: { minutes: 5 }, keys: ['to'] } }

    expect(job({ unique: { keys: ['id'] } }, own).unique).toMatchObject({ period: 300_000, keys: ['id'] })
    expect(job({ unique: { period: undefined, keys: ['id'] } }, own).unique).toMatchObject({ period: 300_000 })
    expect(job({}, own).unique).toMatchObject({ period: 300_000, keys: ['to'] })
  })

  test('anything but an object replaces them', () => {
    const own = { unique: { period: 60, keys: ['to'] } }

    expect(job({ unique: true }, own).unique).toMatchObject({ period: undefined, keys: [] })
    expect(job({ unique: false }, own).unique).toBe(undefined)
    expect(job({ unique: { keys: ['to'] } }, { unique: true }).unique).toMatchObject({ period: 60_000, keys: ['to'] })
  })
})

suite('a bad option is refused with its name', () => {
  test.each<[unknown, string]>([
    [{ priorty: 1 }, 'unknown option "priorty" in options of new job for send-email, did you mean "priority"?'],
    [{ queue: '' }, 'expected queue to be text of 1 to 127 characters, got ""'],
    [{ queue: ' ' }, 'expected queue to be text of 1 to 127 characters, got " "'],
    [{ queue: 'q'.repeat(128) }, 'expected queue to be text of 1 to 127 characters, got "qqq'],
    [{ queue: 'a\0' }, 'expected queue to be text of 1 to 127 characters'],
    [{ queue: 7 }, 'expected queue to be text of 1 to 127 characters, got 7'],
    [{ priority: -1 }, 'expected priority to be an integer from 0 to 9, got -1'],
    [{ priority: 10 }, 'expected priority to be an integer from 0 to 9, got 10'],
    [{ priority: 1.5 }, 'expected priority to be an integer from 0 to 9, got 1.5'],
    [{ priority: '1' }, 'expected priority to be an integer from 0 to 9, got "1"'],
    [{ maxAttempts: 0 }, 'expected maxAttempts to be an integer from 1 to 32767, got 0'],
    [{ maxAttempts: 32_768 }, 'expected maxAttempts to be an integer from 1 to 32767, got 32768'],
    [{ tags: 'a' }, 'expected tags to be a list of words, got "a"'],
    [{ tags: [1] }, 'expected tags to be a list of words, got [ 1 ]'],
    [{ tags: ['a\0'] }, 'expected tags to be a list of words'],
    [{ tags: ['\ud800'] }, 'expected tags to be a list of words'],
    [{ meta: [] }, 'expected meta to be a plain object, got an array'],
    [{ meta: { f: () => 1 } }, 'expected meta.f to be something that JSON can hold, got a function'],
    [{ timeout: 0 }, 'expected timeout to be a duration longer than nothing, got 0'],
    [
      { timeout: () => 1 },
      'expected timeout to be a number of seconds or an object such as { minutes: 5 }, got a function',
    ],
    [{ deadline: -1 }, 'expected deadline to be a duration longer than nothing, got -1'],
    [
      { scheduleIn: '5m' },
      'expected scheduleIn to be a number of seconds or an object such as { minutes: 5 }, got "5m"',
    ],
    [{ scheduleIn: { hour: 1 } }, 'unknown option "hour" in scheduleIn, did you mean "hours"?'],
    [{ scheduledAt: '2030-01-01' }, 'expected scheduledAt to be a valid Date, got "2030-01-01"'],
    [{ scheduledAt: new Date(Number.NaN) }, 'expected scheduledAt to be a valid Date, got Invalid Date'],
    [{ scheduledAt: new Date(8.64e15) }, 'expected scheduledAt to be a valid Date, got +275760-09-13'],
    [{ unique: [] }, 'expected unique to be true, false or an object of options, got []'],
    [{ replace: 'args' }, 'expected replace to be a list of fields, or an object of lists by state, got "args"'],
    [null, 'expected options of new job for send-email to be an object, got null'],
    [[], 'expected options of new job for send-email to be an object, got []'],
    ['late', 'expected options of new job for send-email to be an object, got "late"'],
  ])('%o', (options, message) => {
    expect(() => job(options as JobOptions)).toThrow(message)
  })

  test('for a job of another program as well, and for its name', () => {
    expect(() => newJob('w'.repeat(128), {})).toThrow(
      'expected worker name to be text of 1 to 127 characters, got "www',
    )
    expect(() => newJob('MyApp.Mailer', {}, { priority: 10 })).toThrow('expected priority to be an integer from 0 to 9')
    expect(() => newJob('MyApp.Mailer', { f: (() => 1) as never })).toThrow('expected args.f to be something that JSON')
    expect(newJob('MyApp.Mailer', { id: 1 }, { queue: 'mail' })).toMatchObject({
      worker: 'MyApp.Mailer',
      queue: 'mail',
    })
  })

  test('the length of a name is counted as the database does, in characters', () => {
    expect(newJob('\u{1F98A}'.repeat(127), {}).worker).toHaveLength(254)
    expect(() => newJob('\u{1F98A}'.repeat(128), {})).toThrow('expected worker name')
  })
})

test('whatever the options, a described job is frozen all the way down and none of it is shared', () => {
  const options = fc.record<JobOptions>(
    {
      queue: fc.constantFrom('a', 'b'),
      priority: fc.integer({ min: 0, max: 9 }),
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      tags: fc.array(fc.constantFrom('x', 'Y')),
      meta: fc.dictionary(fc.constantFrom('k', 'l'), fc.jsonValue() as fc.Arbitrary<never>),
      unique: fc.constantFrom(true, false, { keys: ['to'] }),
      replace: fc.constantFrom(['args'] as const, { scheduled: ['priority'] } as const),
      scheduleIn: fc.integer(),
    },
    { requiredKeys: [] },
  )

  fc.assert(
    fc.property(options, fc.dictionary(fc.string(), fc.jsonValue()), (given, args) => {
      const before = structuredClone({ given, args })
      const described = describe({ name: 'w', defaults: given }, args, given)

      expect(isDeepFrozen(described)).toBe(true)
      expect({ given, args }).toEqual(before)
    }),
  )
})

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true

  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen)
}
