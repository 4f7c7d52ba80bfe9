import { cancel, type Staffa, worker } from '@staffa/core'

/** Where mails go. Tests put their own here. */
export const outbox = { send: async (_to: string, _subject: string): Promise<void> => {} }

export const sendMail = worker({ name: 'send-mail', queue: 'mail', maxAttempts: 3 })
  .typed<{ to: string; subject: string }>()
  .process(async ({ args }) => {
    if (!args.to.includes('@')) return cancel('not an address')
    await outbox.send(args.to, args.subject)

    return { sent: args.to }
  })

/** Welcomes somebody at once, and asks after three days how it goes. */
export async function signUp(staffa: Staffa, address: string): Promise<void> {
  await staffa.insertAll([
    sendMail.new({ to: address, subject: 'Welcome' }),
    sendMail.new({ to: address, subject: 'How is it going?' }, { scheduleIn: { days: 3 } }),
  ])
}
