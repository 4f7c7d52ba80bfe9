import { cancel, complete } from '@staffa/core'
import { performJob } from '@staffa/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { outbox, sendMail } from './sign-up.ts'

test('sends a mail', async () => {
  const send = vi.spyOn(outbox, 'send')
  onTestFinished(() => send.mockRestore())
  const outcome = await performJob(sendMail, { to: 'ann@example.com', subject: 'Welcome' })

  expect(outcome).toEqual(complete({ sent: 'ann@example.com' }))
  expect(send).toHaveBeenCalledWith('ann@example.com', 'Welcome')
})

test('gives up on what is no address', async () => {
  expect(await performJob(sendMail, { to: 'ann', subject: 'Welcome' })).toEqual(cancel('not an address'))
})

test('fails when the outbox does', async () => {
  const send = vi.spyOn(outbox, 'send').mockRejectedValue(new Error('the line is dead'))
  onTestFinished(() => send.mockRestore())

  await expect(performJob(sendMail, { to: 'ann@example.com', subject: 'Welcome' })).rejects.toThrow('the line is dead')
})
