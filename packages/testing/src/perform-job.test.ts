import { cancel, complete, fail, onTelemetry, StaffaError, snooze, worker } from '@staffa/core'
import { definePlugin } from '@staffa/core/plugin'
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { manualClock, type Performed, performJob, testStaffa } from './index.ts'

const add = worker({ name: 'add' })
  .typed<{ a: number; b: number }>()
  .process(async ({ args, job }) => {
    if (args.b === 0) return cancel('nothing to add')
    if (job.attempt > 1) return snooze({ minutes: 1 })

    return { sum: args.a + args.b }
  })

describe('performJob', () => {
  test('gives the outcome, with the result', async () => {
    const outcome = await performJob(add, { a: 1, b: 2 })

    expect(outcome).toEqual(complete({ sum: 3 }))
    expectTypeOf(outcome).toEqualTypeOf<Performed<{ sum: number }>>()
    if (outcome.kind === 'completed') expectTypeOf(outcome.value).toEqualTypeOf<{ sum: number }>()
  })

  test('gives the outcomes by which a job is controlled', async () => {
    expect(await performJob(add, { a: 1, b: 0 })).toEqual(cancel('nothing to add'))
    expect(await performJob(add, { a: 1, b: 2 }, { attempt: 2 })).toEqual(snooze({ minutes: 1 }))
    expect(await performJob(add.new({ a: 1, b: 2 }), { attempt: 2 })).toEqual(snooze({ minutes: 1 }))
  })

  test('asks for the args that the worker takes', async () => {
    // @ts-expect-error — b is missing
    await performJob(add, { a: 1 })
    // @ts-expect-error — text is no number
    await performJob(add, { a: 1, b: '2' })
  })

  test('throws what the job throws', async () => {
    const error = new TypeError('boom')
    const throwing = worker({ name: 'throwing' }).process(() => {
      throw error
    })
    const failing = worker({ name: 'failing' }).process(() => fail('not yet'))

    await expect(performJob(throwing, {})).rejects.toBe(error)
    expect(await performJob(failing, {})).toEqual(fail('not yet'))
  })

  test('hands over args that have been through JSON', async () => {
    const echo = worker({ name: 'echo' })
      .typed<{ there: boolean; gone?: string | undefined }>()
      .process(async ({ args }) => args)
    const outcome = await performJob(echo, { there: true, gone: undefined })

    expect(outcome).toEqual(complete({ there: true }))
    expect(Object.keys((outcome as { value: object }).value)).toEqual(['there'])
  })

  test('runs every layer, as production does', async () => {
    const seen: string[] = []
    const layer = (plugin: string) =>
      definePlugin({
        plugin,
        insert: (job) => ({ ...job, meta: { ...job.meta, [plugin]: true } }),
        execute: async (_, next) => {
          seen.push(plugin)

          return next()
        },
      })
    const layered = worker({ name: 'layered' })
      .use(layer('outer'))
      .use(layer('inner'))
      .process(async ({ job }) => Object.keys(job.meta).sort())

    expect(await performJob(layered, {}, { use: [layer('instance')] })).toEqual(
      complete(['inner', 'instance', 'outer']),
    )
    expect(seen).toEqual(['instance', 'outer', 'inner'])
  })

  test('keeps to the timeout', async () => {
    const slow = worker({ name: 'slow', timeout: { milliseconds: 20 } }).process(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })

    await expect(performJob(slow, {})).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('aborts when the test says so', async () => {
    const controller = new AbortController()
    const patient = worker({ name: 'patient' }).process(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          controller.abort()
        }),
    )
    await expect(performJob(patient, {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(performJob(patient, {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    const reason = new StaffaError('SHUTDOWN', 'the node stops')
    const signal = AbortSignal.abort(reason)
    const heeding = worker({ name: 'heeding' }).process(async ({ signal }) => {
      await undefined
      signal.throwIfAborted()
    })
    await expect(performJob(heeding, {}, { signal })).rejects.toBe(reason)
  })

  test('tells the time of a clock', async () => {
    const noon = new Date('2031-05-06T12:00:00Z')
    const when = worker({ name: 'when' }).process(async ({ job }) => job.attemptedAt)

    expect(await performJob(when, {}, { clock: manualClock(noon) })).toEqual(complete(noon))
  })

  test('says what is missing when a job wants a database', async () => {
    const parent = worker({ name: 'parent' }).process(async ({ staffa }) => {
      await staffa.insert(add.new({ a: 1, b: 2 }))
    })

    await expect(performJob(parent, {})).rejects.toThrow(
      'expected a database, got a job that is performed without one: give performJob() the option staffa',
    )
    await using staffa = await testStaffa()
    await performJob(parent, {}, { staffa })
    expect(await staffa.jobs.count({ worker: 'add' })).toBe(1)
  })

  test('tells telemetry how it went', async () => {
    const heard: unknown[] = []
    onTestFinished(onTelemetry('job.start', ({ job }) => heard.push(['start', job.worker])))
    onTestFinished(onTelemetry('job.stop', ({ state, result }) => heard.push(['stop', state, result])))
    await performJob(add, { a: 1, b: 2 })

    expect(heard).toEqual([
      ['start', 'add'],
      ['stop', 'completed', { sum: 3 }],
    ])
  })
})
