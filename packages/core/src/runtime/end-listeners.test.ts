import { settled, testStaffa, untilEvent } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { cancel, type Job, type Middleware, snooze, type Worker, worker } from '../index.ts'
import type { AttemptEnd, RawContext } from '../plugin.ts'

/** A layer that writes down what it is told. */
function listening(told: string[], name = ''): Middleware<RawContext, {}> {
  return ({ onEnd }, next) => {
    onEnd(({ state, ended }) => void told.push([name, state, ended.kind].filter(Boolean).join(' ')))

    return next()
  }
}

/** The job after one attempt. */
async function attempted(by: Worker): Promise<Job> {
  const staffa = await testStaffa({ workers: [by], queues: { default: 1 }, start: true, onFinished: onTestFinished })
  const states = ['completed', 'scheduled', 'retryable', 'cancelled', 'discarded'] as const

  return settled(staffa, await staffa.insert(by.new({}, { maxAttempts: 2 })), { states })
}

test.each<[string, () => unknown]>([
  ['completed completed', () => 'done'],
  ['scheduled snoozed', () => snooze({ minutes: 1 })],
  ['cancelled cancelled', () => cancel()],
  ['retryable raised', () => Promise.reject(new Error('not yet'))],
])('a layer is told once that the job is %s', async (end, handler) => {
  const told: string[] = []
  await attempted(worker({ name: 'told' }).use(listening(told)).process(handler))

  expect(told).toEqual([end])
})

test('inner layers are told first', async () => {
  const told: string[] = []
  const nested = worker({ name: 'nested' }).use(listening(told, 'outer')).use(listening(told, 'inner'))
  await attempted(nested.process(() => {}))

  expect(told).toEqual(['inner completed completed', 'outer completed completed'])
})

test('it is the end of the whole attempt, outer layers included', async () => {
  const told: string[] = []
  const failing = worker({ name: 'failing' })
    .use(async (_context: RawContext, next) => {
      await next()
      throw new Error('outside')
    })
    .use(listening(told))
    .process(() => {})

  expect(await attempted(failing)).toMatchObject({ state: 'retryable' })
  expect(told).toEqual(['retryable raised'])
})

test('it does not wait for a function that goes on after its time', async () => {
  const told: string[] = []
  const late = Promise.withResolvers<void>()
  const slow = worker({ name: 'slow', timeout: { milliseconds: 20 } }).use(listening(told))
  const job = await attempted(slow.process(() => late.promise))
  late.resolve()

  expect(job).toMatchObject({ state: 'retryable' })
  expect(told).toEqual(['retryable raised'])
})

test('the end is written when all have been told', async () => {
  const states: unknown[] = []
  const looking = worker({ name: 'looking' })
    .use(({ onEnd, staffa, job }: RawContext, next) => {
      onEnd(async () => void states.push((await staffa.jobs.get(job.id))?.state))

      return next()
    })
    .process(() => {})

  expect(await attempted(looking)).toMatchObject({ state: 'completed' })
  expect(states).toEqual(['executing'])
})

test('what a listener throws is reported, and changes nothing', async () => {
  const reported = untilEvent('failure', ({ where }) => where === 'end of clumsy')
  const told: string[] = []
  const clumsy = worker({ name: 'clumsy' })
    .use(listening(told))
    .use(({ onEnd }: RawContext, next) => {
      onEnd(() => Promise.reject(new Error('clumsy')))

      return next()
    })
    .process(() => {})

  expect(await attempted(clumsy)).toMatchObject({ state: 'completed', errors: [] })
  expect(await reported).toMatchObject({ error: new Error('clumsy') })
  expect(told).toEqual(['completed completed'])
})

test('who asks after the end is told at once', async () => {
  const { promise, resolve } = Promise.withResolvers<AttemptEnd>()
  const asking = worker({ name: 'asking', timeout: { milliseconds: 20 } }).process(async ({ onEnd, signal }) => {
    await new Promise((aborted) => signal.addEventListener('abort', aborted))
    setTimeout(() => onEnd(resolve), 10)
  })
  await attempted(asking)

  expect(await promise).toMatchObject({ state: 'retryable', ended: { kind: 'raised', error: { code: 'TIMEOUT' } } })
})
