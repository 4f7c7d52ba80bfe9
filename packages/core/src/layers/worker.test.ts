import { describe, expect, test } from 'vitest'
import { aContext } from '../../test/a-context.ts'
import { cancel, complete } from '../job/outcome.ts'
import { newJob } from '../lifecycle/describe.ts'
import { definePlugin } from './plugin.ts'
import { type Worker, worker, workerOf } from './worker.ts'
import type { WorkerOptions } from './worker-options.ts'

test('a worker describes jobs with its own options as defaults', () => {
  const sendEmail = worker({ name: 'send-email', queue: 'mail', maxAttempts: 5, tags: ['mail'] }).process(() => {})

  expect(sendEmail.new({ to: 'ann@example.com' }, { priority: 3 })).toMatchObject({
    worker: 'send-email',
    queue: 'mail',
    maxAttempts: 5,
    priority: 3,
    tags: ['mail'],
    args: { to: 'ann@example.com' },
  })
})

test('what belongs to the worker alone stays out of the job', () => {
  const options = { name: 'w', timeout: { minutes: 1 }, backoff: () => 1, aliases: ['v'] }
  const { meta } = worker(options)
    .process(() => {})
    .new({})

  expect(meta).toEqual({})
})

test('a job leads back to its worker, unless it was described without one', () => {
  const mine: Worker = worker({ name: 'mine' }).process(() => {})

  expect(workerOf(mine.new({}))).toBe(mine)
  expect(workerOf(newJob('mine', {}))).toBe(undefined)
})

test('a half-built worker can be shared: nobody adds to it', () => {
  const base = worker({ name: 'base' }).use(async (_context, next) => next({ a: 1 }))
  const one = base.use(async (_context, next) => next({ b: 1 })).process(() => 1)
  const other = base.process(() => 2)

  expect(one.stack).toHaveLength(2)
  expect(other.stack).toHaveLength(1)
  for (const value of [base, one, other, one.stack, one.options]) expect(Object.isFrozen(value)).toBe(true)
})

test('a middleware is known by the name of its function', () => {
  const { stack } = worker({ name: 'w' })
    .use(async function measured(_context, next) {
      return next()
    })
    .use(async (_context, next) => next())
    .use(definePlugin({ plugin: 'tenancy' }))
    .process(() => {})

  expect(stack.map(({ plugin }) => plugin)).toEqual(['measured', 'middleware', 'tenancy'])
})

describe('what the function returns', () => {
  const lookalike = { kind: 'cancelled', reason: 'a subscription, not a job' }

  test.each<[string, unknown, unknown]>([
    ['a value completes the job', 7, complete(7)],
    ['nothing completes it as well', undefined, complete(undefined)],
    ['a promise is awaited', Promise.resolve(7), complete(7)],
    ['an outcome is taken as it is', cancel('why'), cancel('why')],
    ['a promise of an outcome too', Promise.resolve(cancel('why')), cancel('why')],
    ['what looks like an outcome is a result', lookalike, complete(lookalike)],
  ])('%s', async (_, returned, outcome) => {
    expect(
      await worker({ name: 'w' })
        .process(() => returned)
        .handler(aContext()),
    ).toEqual(outcome)
  })
})

describe('bad options are refused when the worker is defined', () => {
  test.each<[object | null | undefined, string, string]>([
    [undefined, 'INVALID_OPTION', 'expected worker options to be an object, got undefined'],
    [null, 'INVALID_OPTION', 'expected worker options to be an object, got null'],
    [{}, 'INVALID_OPTION', 'expected worker name to be text of 1 to 127 characters, got undefined'],
    [{ nam: 'w' }, 'UNKNOWN_OPTION', 'unknown option "nam" in worker options, did you mean "name"?'],
    [{ name: '' }, 'INVALID_OPTION', 'expected worker name to be text of 1 to 127 characters, got ""'],
    [{ name: 'w'.repeat(128) }, 'INVALID_OPTION', 'expected worker name to be text of 1 to 127 characters, got "www'],
    [{ name: 7 }, 'INVALID_OPTION', 'expected worker name to be text of 1 to 127 characters, got 7'],
    [{ name: 'w', queu: 'a' }, 'UNKNOWN_OPTION', 'unknown option "queu" in worker w, did you mean "queue"?'],
    [{ name: 'w', scheduleIn: 5 }, 'UNKNOWN_OPTION', 'unknown option "scheduleIn" in worker w'],
    [{ name: 'w', queue: 'q'.repeat(128) }, 'INVALID_OPTION', 'expected queue to be text of 1 to 127 characters'],
    [{ name: 'w', priority: 10 }, 'INVALID_OPTION', 'expected priority to be an integer from 0 to 9, got 10'],
    [{ name: 'w', maxAttempts: 0 }, 'INVALID_OPTION', 'expected maxAttempts to be an integer from 1 to 32767, got 0'],
    [{ name: 'w', tags: 'mail' }, 'INVALID_OPTION', 'expected tags to be a list of words, got "mail"'],
    [{ name: 'w', meta: { at: new Date() } }, 'INVALID_META', 'expected meta.at to be something that JSON can hold'],
    [{ name: 'w', unique: {} }, 'INVALID_OPTION', 'expected unique to be true, false or an object of options, got {}'],
    [{ name: 'w', replace: ['id'] }, 'INVALID_OPTION', 'to be a list of args, maxAttempts'],
    [{ name: 'w', timeout: -1 }, 'INVALID_OPTION', 'expected timeout to be a duration longer than nothing, got -1'],
    [{ name: 'w', timeout: '5m' }, 'INVALID_OPTION', 'expected timeout to be a number of seconds or an object'],
    [{ name: 'w', deadline: 0 }, 'INVALID_OPTION', 'expected deadline to be a duration longer than nothing, got 0'],
    [{ name: 'w', backoff: 5 }, 'INVALID_OPTION', 'expected backoff to be a function, got 5'],
    [{ name: 'w', aliases: 'v' }, 'INVALID_OPTION', 'expected aliases to be a list of names, got "v"'],
    [{ name: 'w', aliases: [''] }, 'INVALID_OPTION', 'expected an alias to be text of 1 to 127 characters, got ""'],
  ])('%o', (options, code, message) => {
    expect(() => worker(options as WorkerOptions)).toThrow(
      expect.objectContaining({ name: 'StaffaError', code, message: expect.stringContaining(message) }),
    )
  })

  test.each([undefined, 7, { plug: 'x' }, { plugin: undefined }, [], { plugin: 'x', execute: 'soon' }])(
    '%o is not a layer',
    (layer) => {
      expect(() => worker({ name: 'w' }).use(layer as never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: expect.stringContaining('expected a layer of worker w to be a plugin or a function, got '),
        }),
      )
    },
  )

  test('process takes a function', () => {
    expect(() => worker({ name: 'w' }).process(undefined as never)).toThrow(
      'expected process of worker w to be a function, got undefined',
    )
  })
})

describe('bad args and options are refused when the job is described', () => {
  const sendEmail = worker({ name: 'send-email' }).process(() => {})

  test.each<[unknown, unknown, string, string]>([
    [{ to: () => 1 }, {}, 'INVALID_ARGS', 'expected args.to to be something that JSON can hold, got a function'],
    [undefined, {}, 'INVALID_ARGS', 'expected args to be a plain object, got undefined'],
    [[1], {}, 'INVALID_ARGS', 'expected args to be a plain object, got an array'],
    [{}, { priority: 10 }, 'INVALID_OPTION', 'expected priority to be an integer from 0 to 9, got 10'],
    [{}, { scheduleAt: 5 }, 'UNKNOWN_OPTION', 'in options of new job for send-email, did you mean "scheduledAt"?'],
    [{}, { backoff: () => 1 }, 'UNKNOWN_OPTION', 'unknown option "backoff" in options of new job for send-email'],
  ])('%o with %o', (args, options, code, message) => {
    expect(() => sendEmail.new(args as never, options as never)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })
})
