import { afterEach, describe, expect, test } from 'vitest'
import { worker } from '../../src/index.ts'
import { databases, instance } from '../behaviour/kit.ts'

/** As a caller gets it who reads a request's body. */
const poison = (): never =>
  JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "prototype": {"polluted": 1}}',
  ) as never

afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

describe.each(databases)('keys that mean something to JavaScript, on %s', (_, database) => {
  test('are keys like any other in args and meta, from insertion to the end of the job', async () => {
    const seen: unknown[] = []
    const own = worker({ name: 'own', meta: poison() })
      .use({ plugin: 'marks', execute: async (_context, next) => ({ ...(await next()), meta: poison() }) })
      .process(({ args, job }) => void seen.push(JSON.stringify(args), JSON.stringify(job.meta)))
    const staffa = await instance({ database: database(), workers: [own] })
    const { id } = await staffa.insert(own.new(poison(), { meta: poison(), unique: { keys: ['__proto__'] } }))
    const twin = await staffa.insert(own.new(poison(), { unique: { keys: ['__proto__'] } }))
    await staffa.drain({ queue: 'default' })
    const job = await staffa.jobs.get(id)

    expect(twin).toMatchObject({ id, conflict: true })
    expect(seen.map((text) => sorted(text))).toEqual([sorted(poison()), expect.stringContaining('__proto__')])
    expect(sorted(job?.args)).toBe(sorted(poison()))
    expect(Object.keys(job?.meta ?? {})).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'prototype']))
    expect(await staffa.jobs.count({ args: poison(), meta: poison() })).toBe(1)
    expect(await staffa.jobs.update(id, { args: poison(), meta: poison() })).toMatchObject({ id })
  })

  test('are names like any other for queues and workers', async () => {
    const named = worker({ name: '__proto__', queue: '__proto__' }).process(() => {})
    const queues = JSON.parse('{"__proto__": 2, "constructor": {"limit": 1}}')
    const staffa = await instance({ database: database(), workers: [named], queues, start: true })
    const { id } = await staffa.insert(named.new({}))
    await expect.poll(async () => (await staffa.jobs.get(id))?.state).toBe('completed')

    expect(staffa.queues.checkAll().map(({ queue }) => queue)).toEqual(['__proto__', 'constructor'])
  })
})

test.each([
  ['worker()', () => worker(JSON.parse('{"name": "w", "__proto__": {"queue": "q"}}'))],
  [
    'new()',
    () =>
      worker({ name: 'w' })
        .process(() => {})
        .new({}, poison()),
  ],
  ['uniqueness', () => worker({ name: 'w', unique: poison() })],
  ['replacing', () => worker({ name: 'w', replace: poison() })],
  ['a duration', () => worker({ name: 'w', timeout: poison() })],
])('are unknown to the options of %s', (_, make) => {
  expect(make).toThrow(expect.objectContaining({ name: 'StaffaError' }))
})

/** JSON with its keys in order: the database keeps them in an order of its own. */
function sorted(value: unknown): string {
  const object: object = typeof value === 'string' ? JSON.parse(value) : (value as object)

  return JSON.stringify(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}
