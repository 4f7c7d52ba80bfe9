import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancel, complete } from '@staffa/core'
import {
  assertEnqueue,
  assertEnqueued,
  drainQueue,
  manualClock,
  matching,
  performJob,
  refuteEnqueued,
  settled,
  testStaffa,
} from '@staffa/testing'
import { outbox, sendMail, signUp } from './sign-up.ts'

test('sends a mail', async (t) => {
  const { mock } = t.mock.method(outbox, 'send')

  assert.deepEqual(
    await performJob(sendMail, { to: 'ann@example.com', subject: 'Welcome' }),
    complete({ sent: 'ann@example.com' }),
  )
  assert.deepEqual(mock.calls[0]?.arguments, ['ann@example.com', 'Welcome'])
  assert.deepEqual(await performJob(sendMail, { to: 'ann', subject: 'Welcome' }), cancel('not an address'))
})

test('signing up enqueues a welcome for now and a question for later', async (t) => {
  const staffa = await testStaffa({ onFinished: (tearDown) => t.after(tearDown) })
  const welcome = { worker: sendMail, args: { to: matching((to) => to.startsWith('ann')), subject: 'Welcome' } }
  await assertEnqueue(staffa, welcome, () => signUp(staffa, 'ann@example.com'))

  await assertEnqueued(staffa, { worker: sendMail, scheduledIn: { days: 3 } })
  await refuteEnqueued(staffa, { worker: sendMail, args: { to: 'bob@example.com' } })
})

test('all mails are sent in the end', async () => {
  await using staffa = await testStaffa({ workers: [sendMail] })
  await signUp(staffa, 'ann@example.com')
  await signUp(staffa, 'bob')

  const { completed, cancelled } = await drainQueue(staffa)
  assert.deepEqual([completed, cancelled], [2, 2])
})

test('the question is asked after three days', async () => {
  const clock = manualClock()
  await using staffa = await testStaffa({ clock, workers: [sendMail], queues: { mail: 5 }, start: true })
  await signUp(staffa, 'ann@example.com')
  const { id } = await assertEnqueued(staffa, { args: { subject: 'How is it going?' } })
  clock.advance({ days: 3 })

  assert.equal((await settled(staffa, id)).state, 'completed')
})
