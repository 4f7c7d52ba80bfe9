import { afterEach, expect, jest, test } from '@jest/globals'
import { cancel, complete } from '@staffa/core'
import { assertEnqueued, drainQueue, manualClock, performJob, settled, testStaffa } from '@staffa/testing'
import { outbox, sendMail, signUp } from './sign-up.ts'

const tearDowns: (() => Promise<void>)[] = []
const onFinished = (tearDown: () => Promise<void>) => tearDowns.push(tearDown)

afterEach(async () => {
  jest.restoreAllMocks()
  for (const tearDown of tearDowns.splice(0)) await tearDown()
})

test('sends a mail', async () => {
  const send = jest.spyOn(outbox, 'send')

  expect(await performJob(sendMail, { to: 'ann@example.com', subject: 'Welcome' })).toEqual(
    complete({ sent: 'ann@example.com' }),
  )
  expect(send).toHaveBeenCalledWith('ann@example.com', 'Welcome')
  expect(await performJob(sendMail, { to: 'ann', subject: 'Welcome' })).toEqual(cancel('not an address'))
})

test('signing up enqueues a welcome for now and a question for later', async () => {
  const staffa = await testStaffa({ onFinished })
  await signUp(staffa, 'ann@example.com')

  await expect(staffa).toHaveEnqueued({
    worker: sendMail,
    args: { to: expect.stringContaining('ann'), subject: 'Welcome' },
  })
  await expect(staffa).toHaveEnqueued({ worker: sendMail, scheduledIn: { days: 3 } })
  await expect(staffa).not.toHaveEnqueued({ worker: sendMail, args: { to: 'bob@example.com' } })
})

test('all mails are sent in the end', async () => {
  const staffa = await testStaffa({ onFinished, workers: [sendMail] })
  await signUp(staffa, 'ann@example.com')
  await signUp(staffa, 'bob')

  expect(await drainQueue(staffa)).toMatchObject({ completed: 2, cancelled: 2 })
})

test('the question is asked after three days', async () => {
  const clock = manualClock()
  const staffa = await testStaffa({ onFinished, clock, workers: [sendMail], queues: { mail: 5 }, start: true })
  await signUp(staffa, 'ann@example.com')
  const { id } = await assertEnqueued(staffa, { args: { subject: 'How is it going?' } })
  clock.advance({ days: 3 })

  expect(await settled(staffa, id)).toMatchObject({ state: 'completed' })
})
