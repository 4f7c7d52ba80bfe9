import { cancel, type Job, type NewJob, type Staffa, snooze, worker } from '@staffa/core'
import { hooks } from '@staffa/hooks'
import { fetchRecorded, recorded } from '@staffa/recorded'
import { structured } from '@staffa/structured'
import { settled, testStaffa } from '@staffa/testing'
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { encrypted, generateKey } from '../src/index.ts'

const key = generateKey()
const told: string[] = []

/** All four, and not one annotation. */
const sendEmail = worker({ name: 'send-email', maxAttempts: 5 })
  .use(encrypted({ key: () => key }))
  .use(structured(z.object({ to: z.email(), at: z.iso.datetime().transform((text) => new Date(text)) })))
  .use(async ({ args }, next) => {
    if (args.to.endsWith('@example.org')) return cancel('not there')

    return next({ user: { name: args.to.split('@')[0] } })
  })
  .use(recorded())
  .use(
    hooks({ afterProcess: (state, { args, user }) => told.push(`${state} ${args.at.getUTCFullYear()} ${user.name}`) }),
  )
  .process(async ({ args, user, job, signal }) => {
    expectTypeOf(args).toEqualTypeOf<{ to: string; at: Date }>()
    expectTypeOf(user).toEqualTypeOf<{ name: string | undefined }>()
    expectTypeOf(job).toEqualTypeOf<Job>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    if (job.attempt > 3) return snooze({ minutes: 1 })

    return { messageId: `<${args.to}>`, sent: args.at }
  })

test('types flow from the schema to the result', () => {
  interface Result {
    messageId: string
    sent: Date
  }
  const fetch = (staffa: Staffa) => fetchRecorded(staffa, sendEmail, 1)

  expectTypeOf(sendEmail.new).parameter(0).toEqualTypeOf<{ to: string; at: string }>()
  expectTypeOf(sendEmail.new).returns.toEqualTypeOf<NewJob<Result>>()
  expectTypeOf(fetch).returns.resolves.toEqualTypeOf<Result | undefined>()
})

test('all four do their work in one job', async () => {
  const staffa = await testStaffa({
    workers: [sendEmail],
    queues: { default: 1 },
    start: true,
    onFinished: onTestFinished,
  })
  const at = '2030-01-01T00:00:00.000Z'
  const job = await staffa.insert(sendEmail.new({ to: 'ann@example.com', at }))
  const ended = await settled(staffa, job)

  expect(ended).toMatchObject({
    state: 'completed',
    args: { data: expect.stringMatching(/^v1\.gcm\.default\./) },
    meta: { structured: true, recorded: true, encrypted: true, return: expect.stringMatching(/^v1\.gcm\.default\./) },
  })
  expect(await fetchRecorded(staffa, sendEmail, ended)).toEqual({ messageId: '<ann@example.com>', sent: new Date(at) })
  expect(told).toEqual(['complete 2030 ann'])
})

test('what does not fit is refused before anything is stored', async () => {
  const staffa = await testStaffa({ onFinished: onTestFinished })
  const jobs = [
    { to: 'ann@example.com', at: '2030-01-01T00:00:00Z' },
    { to: 'nobody', at: 'tomorrow' },
  ]

  await expect(staffa.insertAll(jobs.map((args) => sendEmail.new(args)))).rejects.toMatchObject({
    code: 'INVALID_ARGS',
    data: { issues: [{ path: ['to'] }, { path: ['at'] }] },
  })
  expect(await staffa.jobs.count()).toBe(0)
})
