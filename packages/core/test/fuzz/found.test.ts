import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type NewJob, newJob, postgres, Staffa, worker } from '../../src/index.ts'
import { encodeNotice, prepare } from '../../src/internal.ts'
import { nested } from './junk.ts'

const database = postgres('postgres://localhost:1/none')
const staffa = new Staffa({ database, testing: 'manual' })
const noop = worker({ name: 'noop' }).process(() => {})
const refused = expect.objectContaining({ name: 'StaffaError', code: 'INVALID_OPTION' })
const withHole = (value: unknown) => Object.assign(new Array(2), { 1: value }) as never
const option = (options: object) => () => new Staffa({ database, ...options })

describe('what the fuzzing of options found is refused when the instance is made', () => {
  test.each([
    ['a layer whose part is no function', { use: [{ plugin: 'x', insert: 5 }] }],
    ['a layer whose protection opens nothing', { use: [{ plugin: 'x', protect: { seal: String } }] }],
    ['a service that cannot be attached', { services: [{ start() {}, stop: async () => {}, attach: 1 }] }],
    ['a worker without a stack', { workers: [{ ...noop, stack: undefined }] }],
    ['a worker without options', { workers: [{ ...noop, options: undefined }] }],
    ['a pool that nobody can listen to', { database: { query() {}, connect() {} } }],
    ['a node of half a surrogate pair, which no server can beat for', { node: '\ud800' }],
    ['names of queues that no array of texts can hold', { pruner: { rules: [{ queues: withHole('a') }] } }],
    ['names of workers with NUL', { pruner: { rules: [{ workers: ['a\0'] }] } }],
    ['indexes that are no names', { reindexer: { indexes: [5] } }],
  ])('%s', (_, options) => {
    expect(option(options as object)).toThrow(refused)
  })
})

describe('what the fuzzing of jobs found is refused before anything is written', () => {
  test.each([
    ['tags with a hole', { tags: withHole('a') }],
    ['unique fields with a hole', { unique: { fields: withHole('args') } }],
    ['unique keys with NUL, which no JSON of the server holds', { unique: { keys: ['a\0'] } }],
    ['unique states with nothing but holes', { unique: { states: new Array(2) as never } }],
    ['fields to replace with a hole', { replace: withHole('args') }],
  ])('%s', (_, options) => {
    expect(() => noop.new({}, options)).toThrow(refused)
  })

  test.each<[string, object, string]>([
    ['args that are a list', { args: [1] }, 'INVALID_ARGS'],
    ['args with a bigint', { args: { n: 1n } }, 'INVALID_ARGS'],
    ['meta with a cycle', { meta: nested(600) }, 'INVALID_META'],
    ['a queue without a name', { queue: '' }, 'INVALID_OPTION'],
    ['tags that are none', { tags: 5 }, 'INVALID_OPTION'],
    ['a schedule that is no date', { scheduledAt: 'now' }, 'INVALID_OPTION'],
    ['a state that is none', { state: 'waiting' }, 'INVALID_OPTION'],
    ['a uniqueness that is none', { unique: 'yes' }, 'INVALID_OPTION'],
    ['a delay that never ends', { delay: Number.POSITIVE_INFINITY }, 'INVALID_OPTION'],
    ['a fingerprint that is no text', { unique: undefined, fingerprint: 5 }, 'INVALID_OPTION'],
  ])('a copy of a job with %s', async (_, change, code) => {
    await expect(prepare({ ...noop.new({}), ...change } as NewJob, [])).rejects.toMatchObject({ code })
  })

  test('a copy with a then of its own is a job like any other, and waited for no longer', async () => {
    const job = { ...noop.new({}), ...Object.fromEntries([['then', () => {}]]) }

    expect(await prepare(job, [])).toMatchObject({ worker: 'noop' })
  })

  test('a copy with changes that make sense is a job like any other', async () => {
    const job = { ...newJob('noop', { id: 1 }, { unique: true }), queue: 'mail' }

    expect(await prepare(job, [])).toMatchObject({ queue: 'mail', unique: { period: undefined } })
  })
})

describe('what the fuzzing of the other verbs found is refused before anything is sent', () => {
  const bad = nested(600)

  test.each<[string, () => unknown]>([
    ['a filter by args that JSON cannot hold', () => staffa.jobs.list({ args: { n: 1n } })],
    ['a filter by meta without end', () => staffa.jobs.count({ meta: bad })],
    ['a filter by a priority that no column holds', () => staffa.jobs.cancel({ priority: 2 ** 40 })],
    ['a filter by a list with holes', () => staffa.jobs.retry({ id: new Array(2) })],
    ['a filter by half of a surrogate pair', () => staffa.jobs.delete({ queue: '\ud800' })],
    ['a queue that is a symbol', () => staffa.queues.start(Symbol('q') as never, 1)],
    ['a channel that is a symbol', () => staffa.notify(Symbol('c') as never, {})],
    ['a channel whose name is too long', () => staffa.notify('c'.repeat(63), {})],
    ['a notice that is no object', () => staffa.notify('c', 5 as never)],
    ['a notice that is too large', () => staffa.notify('c', { text: noise(20_000) })],
    ['options of a notice that are none', () => staffa.notify('c', {}, null as never)],
    ['a listener that is none', async () => staffa.listen('c', 5 as never)],
  ])('%s', async (_, call) => {
    await expect(call).rejects.toThrow(refused)
  })

  test.each([null, 0, '', false])('args that become %j', async (value) => {
    const args = staffa.jobs.update(1, { args: value as never })
    const meta = staffa.jobs.update(1, { meta: value as never })

    await expect(args).rejects.toMatchObject({ code: 'INVALID_ARGS' })
    await expect(meta).rejects.toMatchObject({ code: 'INVALID_META' })
  })
})

describe('errors', () => {
  test('show nothing of a job that is given in the place of something else', async () => {
    const job = noop.new({ token: 'sesame' })
    const errors = await Promise.all([
      staffa.jobs.get(job as never).catch((error) => error),
      staffa.queues.scale(job as never, 1).catch((error) => error),
      staffa.insert(noop.new({}), { transaction: job as never }).catch((error) => error),
    ])

    expect(errors.map(({ code }) => code)).toEqual(['INVALID_OPTION', 'INVALID_OPTION', 'INVALID_OPTION'])
    expect(inspect(errors, { depth: null })).not.toContain('sesame')
  })

  test('are short, however long the path to what is wrong', () => {
    const args = { ['k'.repeat(10_000)]: 1n }

    expect(() => noop.new(args as never)).toThrow(/^.{1,400}$/)
  })
})

/** Text that no packing makes shorter. */
function noise(length: number): string {
  const text = Array.from({ length }, (_, index) =>
    Math.sin(index + 1)
      .toString(36)
      .slice(-4),
  ).join('')
  expect(encodeNotice({ text }).length).toBeGreaterThan(8_000)

  return text
}
