import { isStaffaError, newJob, worker } from '@staffa/core'
import { settled, type TestOptions, type TestStaffa, testStaffa } from '@staffa/testing'
import { pluginConformance } from '@staffa/testing/conformance/plugin'
import fc from 'fast-check'
import { describe, expect, inject, it, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { structured } from './index.ts'

pluginConformance(test, {
  plugin: () => structured(z.object({ at: z.iso.datetime().transform((text) => new Date(text)) })),
  args: { at: '2030-01-01T00:00:00.000Z' },
  parsed: { at: new Date('2030-01-01T00:00:00.000Z') },
})
pluginConformance(test, { plugin: () => structured({ keys: ['id'], required: ['id'] }), args: { id: 1 } })

const seen: unknown[] = []
const ship = worker({ name: 'ship', maxAttempts: 3, backoff: () => 0 })
  .use(structured({ keys: ['id', 'to'], required: ['id'] }))
  .process(({ args }) => {
    seen.push(args)
  })

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('structured jobs on %s', (_, database) => {
  it('run once when their args fit', async () => {
    const staffa = await running({ database: database() })
    const job = await settled(staffa, await staffa.insert(ship.new({ id: 1, to: 'ann' })))

    expect(job).toMatchObject({
      state: 'completed',
      attempt: 1,
      args: { id: 1, to: 'ann' },
      meta: { structured: true },
    })
    expect(seen.splice(0)).toEqual([{ id: 1, to: 'ann' }])
  })

  it.each([
    ['an unexpected key', { id: 1, form: 'ann' }, 'form: unexpected key'],
    ['a required key that is missing', { to: 'ann' }, "id: can't be blank"],
  ])('do not run with %s, and fail every attempt', async (_name, args, reason) => {
    const staffa = await running({ database: database() })
    const stranger = newJob('ship', args, { maxAttempts: 2 })
    const job = await settled(staffa, await staffa.insert(stranger))

    expect(job).toMatchObject({ state: 'discarded', attempt: 2 })
    expect(job.errors.map(({ error }) => error.split('\n', 1)[0])).toEqual(
      Array(2).fill(expect.stringContaining(reason)),
    )
    expect(seen.splice(0)).toEqual([])
  })

  it('are refused by insert and insertAll, which then writes none of them', async () => {
    const staffa = await testStaffa({ database: database(), onFinished: onTestFinished })
    const wrong = ship.new({ id: 2, form: 'bob' } as never)
    const errors = [
      staffa.insert(wrong),
      staffa.insertAll([ship.new({ id: 1 }), wrong, ship.new({ id: 3 })]),
      staffa.database.kysely.transaction().execute((transaction) => staffa.insertAll([wrong], { transaction })),
    ].map((inserting) => inserting.catch((error) => error))

    for (const error of await Promise.all(errors)) {
      expect(isStaffaError(error, 'INVALID_ARGS')).toBe(true)
      expect(error.data.issues).toEqual([{ path: ['form'], message: 'unexpected key' }])
    }
    expect(await staffa.jobs.count({})).toBe(0)
  })

  it('run once a program that they fit is deployed', async () => {
    const renamed = worker({ name: 'ship' })
      .use(structured(z.object({ number: z.number() })))
      .process(({ args }) => void seen.push(args))
    const old = await running({ database: database(), queues: { default: 1 } })
    const { id } = await old.insert(renamed.new({ number: 7 }))
    await settled(old, id, { states: ['retryable', 'available', 'discarded'] })
    await old.stop()
    seen.splice(0)
    await using staffa = await testStaffa({
      database: old.database,
      prefix: old.prefix,
      workers: [renamed],
      queues: { default: 1 },
    })
    await staffa.jobs.retry(id)
    const ended = settled(staffa, id)
    await staffa.start()

    expect(await ended).toMatchObject({ state: 'completed' })
    expect(seen.splice(0)).toEqual([{ number: 7 }])
  })
})

describe('any JSON object', () => {
  it('is stored, and reaches the function, as it was given', async () => {
    const given = new Map<number, unknown>()
    const echo = worker({ name: 'echo' })
      .use(structured(z.record(z.string(), z.json())))
      .process(({ args, job }) => void given.set(job.id, args))
    const staffa = await testStaffa({ workers: [echo], onFinished: onTestFinished })
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0') && value !== '__proto__') // which zod leaves out
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(text, tie('json'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }))

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(text, json, { noNullPrototype: true }), { minLength: 20 }),
        async (all) => {
          const jobs = await staffa.insertAll(all.map((args) => echo.new(args as never)))
          await staffa.drain({ queue: 'default', concurrency: 20 })

          expect(jobs.map(({ id }) => given.get(id))).toEqual(all)
        },
      ),
      { numRuns: 10 },
    )
  })
})

function running(options: TestOptions = {}): Promise<TestStaffa> {
  return testStaffa({ workers: [ship], queues: { default: 20 }, start: true, onFinished: onTestFinished, ...options })
}
