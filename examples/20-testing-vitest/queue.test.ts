import '@staffa/testing/vitest'
import { assertEnqueued, drainQueue, manualClock, refuteEnqueued, settled, testStaffa } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sendMail, signUp } from './sign-up.ts'

test('signing up enqueues a welcome for now and a question for later', async () => {
  await using staffa = await testStaffa()
  await signUp(staffa, 'ann@example.com')

  await assertEnqueued(staffa, { worker: sendMail, args: { to: 'ann@example.com', subject: 'Welcome' } })
  await assertEnqueued(staffa, {
    worker: sendMail,
    args: { subject: expect.stringContaining('going') },
    scheduledIn: { days: 3 },
  })
  await refuteEnqueued(staffa, { worker: sendMail, args: { to: 'bob@example.com' } })
})

test('the same, with matchers', async () => {
  const staffa = await testStaffa({ onFinished: onTestFinished })
  await signUp(staffa, 'ann@example.com')

  await expect(staffa).toHaveEnqueued({ worker: sendMail, args: { subject: 'Welcome' }, queue: 'mail' })
  await expect(staffa).not.toHaveEnqueued({ worker: sendMail, args: { to: 'bob@example.com' } })
})

test('all mails are sent in the end', async () => {
  await using staffa = await testStaffa({ workers: [sendMail] })
  await signUp(staffa, 'ann@example.com')
  await signUp(staffa, 'bob')

  expect(await drainQueue(staffa)).toMatchObject({ completed: 2, cancelled: 2 })
})

test('the question is asked after three days', async () => {
  const clock = manualClock()
  await using staffa = await testStaffa({ clock, workers: [sendMail], queues: { mail: 5 }, start: true })
  await signUp(staffa, 'ann@example.com')
  const { id } = await assertEnqueued(staffa, { args: { subject: 'How is it going?' } })
  clock.advance({ days: 3 })

  expect(await settled(staffa, id)).toMatchObject({ state: 'completed' })
})

// Each has tables of its own, so they could all run at once.
test.for(Array.from({ length: 50 }, (_, number) => number))('instance %i sees its own jobs alone', async (number) => {
  await using staffa = await testStaffa()
  await signUp(staffa, `person-${number}@example.com`)

  expect(await staffa.jobs.count()).toBe(2)
  await expect(staffa).toHaveEnqueued({ worker: sendMail, args: { to: `person-${number}@example.com` } })
})
