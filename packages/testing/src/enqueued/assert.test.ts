import { AssertionError } from 'node:assert'
import { newJob, worker } from '@staffa/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  allEnqueued,
  assertEnqueue,
  assertEnqueued,
  manualClock,
  matching,
  present,
  refuteEnqueue,
  refuteEnqueued,
  type TestStaffa,
  testStaffa,
} from '../index.ts'

const noon = new Date('2031-05-06T12:00:00Z')
const mail = worker({ name: 'mail', queue: 'mailers', aliases: ['old-mail'] })
  .typed<{ to: string; from?: { name: string; address?: string }; parts?: number[] }>()
  .process(async () => {})
const other = worker({ name: 'other' }).process(async () => {})

/** The message with which an assertion fails. */
async function failure(assertion: Promise<unknown>): Promise<string> {
  const error = await assertion.then(
    () => new Error('the assertion has passed'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(AssertionError)

  return (error as Error).message
}

async function withMail(): Promise<TestStaffa> {
  const staffa = await testStaffa({ clock: manualClock(noon) })
  await staffa.insert(other.new({ n: 1 }))
  await staffa.insert(
    mail.new({ to: 'ann', from: { name: 'bob', address: 'home' } }, { tags: ['x', 'y'], priority: 2 }),
  )

  return staffa
}

describe('assertEnqueued', () => {
  test('passes when a job fits, by any field', async () => {
    await using staffa = await withMail()
    await staffa.insert(mail.new({ to: 'cid' }, { scheduleIn: { hours: 1 }, meta: { a: { b: 1 } }, maxAttempts: 3 }))
    await staffa.insert(newJob('old-mail', { to: 'dan' }))

    await assertEnqueued(staffa, {})
    await assertEnqueued(staffa, { worker: mail, args: { to: 'ann' } })
    await assertEnqueued(staffa, { worker: 'mail', args: { from: { name: 'bob' } }, queue: 'mailers', priority: 2 })
    await assertEnqueued(staffa, { worker: mail, args: { to: 'dan' } })
    await assertEnqueued(staffa, { tags: ['y'] })
    await assertEnqueued(staffa, { meta: { a: { b: 1 } }, maxAttempts: 3, state: 'scheduled' })
    await assertEnqueued(staffa, { scheduledAt: new Date('2031-05-06T13:00:00.900Z') })
    await assertEnqueued(staffa, { scheduledAt: { value: new Date('2031-05-06T13:04:00Z'), delta: { minutes: 5 } } })
    await assertEnqueued(staffa, { scheduledIn: { hours: 1 } })
    await assertEnqueued(staffa, { scheduledIn: { value: { minutes: 50 }, delta: { minutes: 10 } } })
  })

  test('gives the newest job that fits, with the args of its worker', async () => {
    await using staffa = await withMail()
    const { id } = await staffa.insert(mail.new({ to: 'ann' }))
    const job = await assertEnqueued(staffa, { worker: mail, args: { to: 'ann' } })

    expect(job).toMatchObject({ id, args: { to: 'ann' } })
    expectTypeOf(job.args.to).toEqualTypeOf<string>()
  })

  test('takes matchers of any library', async () => {
    await using staffa = await withMail()
    await assertEnqueued(staffa, { worker: mail, args: { to: expect.stringMatching(/^a/), from: expect.any(Object) } })
    await assertEnqueued(staffa, { worker: mail, args: { to: matching((to) => to.length === 3) } })
    await assertEnqueued(staffa, { worker: mail, args: { from: { address: present() } }, tags: [expect.any(String)] })
    await assertEnqueued(staffa, { worker: expect.stringContaining('mai'), args: expect.anything() })
  })

  test('asks for the args that the worker takes', async () => {
    await using staffa = await withMail()
    // @ts-expect-error — a number is no address
    await refuteEnqueued(staffa, { worker: mail, args: { to: 1 } })
    // @ts-expect-error — the worker has no such arg
    await refuteEnqueued(staffa, { worker: mail, args: { subject: 'hi' } })
  })

  test('marks what differs in the nearest job', async () => {
    await using staffa = await withMail()
    const filter = { worker: mail, args: { to: 'zoe', from: { name: 'bob', address: 'work' } }, queue: 'mailers' }

    expect(await failure(assertEnqueued(staffa, filter))).toBe(`expected a job to be enqueued with

    worker: 'mail'
    args: { to: 'zoe', from: { name: 'bob', address: 'work' } }
    queue: 'mailers'

got 2 jobs, but none that fits. The nearest is job 2:

    worker: 'mail'
  - args.to: 'zoe'
  + args.to: 'ann'
  - args.from.address: 'work'
  + args.from.address: 'home'
    queue: 'mailers'

The others:

    job 1: worker: 'other', args: { n: 1 }, queue: 'default'`)
  })

  test('shows matchers by name, instants, and what is missing', async () => {
    await using staffa = await withMail()
    const filter = {
      worker: mail,
      args: { to: expect.any(Number), parts: present() },
      tags: ['z'],
      scheduledIn: { minutes: 5 },
    }

    expect(await failure(assertEnqueued(staffa, filter))).toBe(`expected a job to be enqueued with

    worker: 'mail'
    args: { to: Any<Number>, parts: present() }
    tags: [ 'z' ]
    scheduledIn: { minutes: 5 }

got 2 jobs, but none that fits. The nearest is job 2:

    worker: 'mail'
  - args.to: Any<Number>
  + args.to: 'ann'
  - args.parts: present()
  + args.parts: (nothing)
  - tags: [ 'z' ]
  + tags: [ 'x', 'y' ]
  - scheduledIn: 2031-05-06T12:05:00.000Z
  + scheduledIn: 2031-05-06T12:00:00.000Z

The others:

    job 1: worker: 'other', args: { n: 1 }, tags: [], scheduledIn: 2031-05-06T12:00:00.000Z`)
  })

  test('says so when there is no job, or just one', async () => {
    await using staffa = await testStaffa()
    expect(await failure(assertEnqueued(staffa, { worker: mail }))).toBe(`expected a job to be enqueued with

    worker: 'mail'

got no job at all that is available, scheduled or suspended`)

    await staffa.insert(other.new({}))
    expect(await failure(assertEnqueued(staffa, { worker: mail }))).toBe(`expected a job to be enqueued with

    worker: 'mail'

got one job, but none that fits. The nearest is job 1:

  - worker: 'mail'
  + worker: 'other'`)
    expect(await failure(assertEnqueued(staffa, { state: 'completed' }))).toBe(`expected a job to be enqueued with

    anything

got no job at all that is completed`)
  })

  test('shows ten of the others', async () => {
    await using staffa = await testStaffa()
    await staffa.insertAll(Array.from({ length: 14 }, (_, n) => other.new({ n })))
    const message = await failure(assertEnqueued(staffa, { queue: 'mailers' }))

    expect(message).toContain("The nearest is job 14:\n\n  - queue: 'mailers'\n  + queue: 'default'\n")
    expect(message.split('\n').slice(-2)).toEqual(["    job 4: queue: 'default'", '    and 3 more'])
  })

  test('sees jobs that wait, and others only when asked', async () => {
    await using staffa = await testStaffa()
    const job = await staffa.insert(mail.new({ to: 'ann' }))
    await staffa.jobs.cancel(job.id)

    await refuteEnqueued(staffa, { worker: mail })
    await assertEnqueued(staffa, { worker: mail, state: 'cancelled' })
    await assertEnqueued(staffa, { worker: mail, state: ['available', 'cancelled'] })
  })

  test('waits for a job', async () => {
    await using staffa = await testStaffa()
    const found = assertEnqueued(staffa, { worker: mail }, { within: { seconds: 10 } })
    await staffa.insert(other.new({}))
    const { id } = await staffa.insert(mail.new({ to: 'ann' }))

    expect((await found).id).toBe(id)
    const late = assertEnqueued(staffa, { worker: 'nobody' }, { within: { milliseconds: 50 } })
    expect(await failure(late)).toContain('got 2 jobs, but none that fits')
  })

  test('refuses a filter that no job could fit', async () => {
    await using staffa = await testStaffa()
    const bad = [{ wroker: 'x' }, { scheduledIn: { hour: 1 } }, null]

    for (const filter of bad) {
      await expect(assertEnqueued(staffa, filter as never)).rejects.toMatchObject({ name: 'StaffaError' })
    }
    await expect(assertEnqueued(staffa, { wroker: 'x' } as never)).rejects.toThrow('did you mean "worker"?')
  })
})

describe('refuteEnqueued', () => {
  test('passes when no job fits', async () => {
    await using staffa = await withMail()

    await refuteEnqueued(staffa, { worker: mail, args: { to: 'zoe' } })
    await refuteEnqueued(staffa, { worker: 'nobody' }, { within: { milliseconds: 20 } })
  })

  test('shows the jobs that fit', async () => {
    await using staffa = await withMail()
    await staffa.insert(mail.new({ to: 'cid' }))

    expect(
      await failure(refuteEnqueued(staffa, { worker: mail, args: { to: expect.any(String) } })),
    ).toBe(`expected no job to be enqueued with

    worker: 'mail'
    args: { to: Any<String> }

got 2 jobs:

    job 3: worker: 'mail', args: { to: 'cid' }
    job 2: worker: 'mail', args: { to: 'ann', from: { name: 'bob', address: 'home' } }`)
    expect(await failure(refuteEnqueued(staffa, { queue: 'default' }))).toContain('got one job:')
  })

  test('fails as soon as a job fits within the time', async () => {
    await using staffa = await testStaffa()
    const refuted = failure(refuteEnqueued(staffa, { worker: mail }, { within: { seconds: 30 } }))
    await staffa.insert(mail.new({ to: 'ann' }))

    expect(await refuted).toContain('expected no job to be enqueued')
  })
})

describe('allEnqueued', () => {
  test('gives all jobs that fit, the newest first, however many', async () => {
    await using staffa = await testStaffa()
    await staffa.insertAll(Array.from({ length: 2_345 }, (_, n) => (n % 2 ? other : mail).new({ to: `${n}` })))

    expect(await allEnqueued(staffa)).toHaveLength(2_345)
    const jobs = await allEnqueued(staffa, { worker: mail })
    expect(jobs.map(({ args }) => Number(args.to))).toEqual(Array.from({ length: 1_173 }, (_, n) => 2_344 - 2 * n))
  })
})

describe('assertEnqueue', () => {
  test('sees what the function has inserted, and nothing else', async () => {
    await using staffa = await withMail()
    const result = await assertEnqueue(staffa, { worker: mail, args: { to: 'zoe' } }, async () => {
      await staffa.insert(mail.new({ to: 'zoe' }))

      return 42
    })

    expect(result).toBe(42)
    const message = await failure(assertEnqueue(staffa, { worker: mail, args: { to: 'zoe' } }, () => {}))
    expect(message).toBe(`expected a job to be enqueued by the function with

    worker: 'mail'
    args: { to: 'zoe' }

got no job at all`)
  })

  test('sees jobs that have ended meanwhile', async () => {
    await using staffa = await testStaffa({ workers: [mail] })
    await assertEnqueue(staffa, { worker: mail }, async () => {
      await staffa.insert(mail.new({ to: 'zoe' }))
      await staffa.drain({ queue: 'mailers' })
    })
  })

  test('throws what the function throws', async () => {
    await using staffa = await testStaffa()

    await expect(assertEnqueue(staffa, {}, () => Promise.reject(new Error('boom')))).rejects.toThrow('boom')
  })
})

describe('refuteEnqueue', () => {
  test('passes when the function has inserted nothing that fits', async () => {
    await using staffa = await withMail()
    const insertOther = () => staffa.insert(other.new({}))

    expect(await refuteEnqueue(staffa, { worker: mail }, insertOther)).toMatchObject({ worker: 'other' })
    expect(await failure(refuteEnqueue(staffa, { worker: 'other' }, insertOther))).toBe(
      `expected no job to be enqueued by the function with

    worker: 'other'

got one job:

    job 4: worker: 'other'`,
    )
  })
})
