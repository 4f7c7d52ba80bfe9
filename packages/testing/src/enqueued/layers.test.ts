import { worker } from '@staffa/core'
import { encrypted } from '@staffa/encrypted'
import { structured } from '@staffa/structured'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { allEnqueued, assertEnqueued, performJob, refuteEnqueued, testStaffa } from '../index.ts'

const key = Buffer.alloc(32, 7).toString('base64')
const ran: unknown[] = []
const secret = worker({ name: 'secret' })
  .use(encrypted({ key: () => key }))
  .use(
    structured(
      z.object({
        card: z.string(),
        at: z.iso.datetime().transform((text) => new Date(text)),
      }),
    ),
  )
  .use(async (context, next) => {
    ran.push(context.args)

    return next()
  })
  .process(async ({ args }) => args.at.getUTCFullYear())
const args = { card: '4242', at: '2030-01-01T00:00:00Z' }

describe('the assertions', () => {
  test('read the args of workers that encrypt them, as they were given', async () => {
    await using staffa = await testStaffa()
    const { args: stored } = await staffa.insert(secret.new(args))

    expect(stored).not.toHaveProperty('card')
    expect((await assertEnqueued(staffa, { worker: secret, args: { card: '4242' } })).args).toEqual(args)
    await refuteEnqueued(staffa, { worker: secret, args: { card: '4243' } })
  })

  test('run no layer but those that keep args secret, and no job', async () => {
    await using staffa = await testStaffa()
    await staffa.insert(secret.new(args))
    await allEnqueued(staffa, { worker: secret })

    expect(ran).toEqual([])
  })

  test('find the worker by its name where the instance knows it', async () => {
    await using knowing = await testStaffa({ workers: [secret] })
    await using ignorant = await testStaffa()
    await knowing.insert(secret.new(args))
    const stored = await ignorant.insert(secret.new(args))

    expect(await allEnqueued(knowing, { worker: 'secret' })).toMatchObject([{ args }])
    expect(await allEnqueued(ignorant, { worker: 'secret' })).toMatchObject([{ args: stored.args }])
  })

  test('leave args as they are stored when they cannot be opened', async () => {
    const locked = worker({ name: 'secret' })
      .use(encrypted({ key: () => Buffer.alloc(32, 8).toString('base64') }))
      .process(async () => {})
    await using staffa = await testStaffa()
    const stored = await staffa.insert(secret.new(args))

    expect(await allEnqueued(staffa, { worker: locked })).toMatchObject([{ args: stored.args }])
  })

  test('read through the layers of the instance', async () => {
    const plain = worker({ name: 'plain' })
      .typed<{ card: string }>()
      .process(async () => {})
    await using staffa = await testStaffa({ use: [encrypted({ key: () => key })] })
    const stored = await staffa.insert(plain.new({ card: '4242' }))

    expect(stored.args).not.toHaveProperty('card')
    await assertEnqueued(staffa, { worker: plain, args: { card: '4242' } })
  })
})

describe('performJob', () => {
  test('encrypts, decrypts and parses', async () => {
    expect(await performJob(secret, args)).toMatchObject({ kind: 'completed', value: 2030 })
    await expect(performJob(secret, { ...args, at: 'soon' })).rejects.toMatchObject({ code: 'INVALID_ARGS' })
  })
})
