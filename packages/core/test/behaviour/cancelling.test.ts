import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { type StaffaOptions, worker } from '../../src/index.ts'
import { events, gate, instance, sibling, still } from './kit.ts'

interface Options extends Partial<StaffaOptions> {
  readonly heeds?: boolean
}

/** A node with a job that runs until the test opens the gate, or until it heeds its signal. */
async function running({ heeds = false, ...options }: Options = {}) {
  const doors = gate()
  const aborted = Promise.withResolvers<unknown>()
  const waits = worker({ name: 'waits' }).process(async ({ job, signal }) => {
    signal.addEventListener('abort', () => aborted.resolve(signal.reason))
    await (heeds ? Promise.race([doors.pass(job), aborted.promise]) : doors.pass(job))
    if (heeds) signal.throwIfAborted()

    return 'done'
  })
  const background = { rescuer: { interval: { milliseconds: 50 }, lease: { seconds: 30 } } }
  const node = { workers: [waits], queues: { default: { limit: 3 } }, start: true, node: 'works', ...background }
  const beaten = untilEvent('service.stop', ({ service }) => service === 'beater')
  const staffa = await instance({ ...node, ...options })
  await beaten
  const job = await staffa.insert(waits.new({}))
  await doors.reached(1)

  return { staffa, doors, aborted: aborted.promise, job, waits }
}

const within = async <T>(milliseconds: number, promise: Promise<T>): Promise<T> => {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`expected something within ${milliseconds} ms`)), milliseconds).unref()
  })

  return Promise.race([promise, late])
}

describe('cancelling a running job', () => {
  test.each([true, false])('aborts its signal with the reason; heeded: %s', async (heeds) => {
    const { staffa, doors, aborted, job } = await running({ heeds })
    const late = events('job.late', 'works')
    const stopped = untilEvent('job.stop', (event) => event.job.id === job.id)
    expect(await staffa.jobs.cancel(job.id)).toMatchObject({ state: 'cancelled', cancelledAt: expect.any(Date) })

    expect(await within(1_000, aborted)).toMatchObject({ name: 'StaffaError', code: 'CANCELLED' })
    expect(await within(1_000, stopped)).toMatchObject({ state: 'cancelled' })
    doors.open()
    await expect.poll(() => staffa.queues.check('default')?.running).toEqual([])
    const after = await staffa.jobs.get(job.id)
    expect(after).toMatchObject({ state: 'cancelled', attempt: 1, completedAt: undefined, errors: [] })
    expect(late).toEqual([])
  })
})

test.each<[string, Partial<StaffaOptions>]>([
  ['another node', { queues: { other: 1 } }],
  ['a program that works no queues', still],
  ['a program that does not listen', { ...still, notifier: 'poll' }],
])('a job can be cancelled from anywhere: %s', async (name, options) => {
  const { staffa, doors, aborted, job } = await running()
  const other = await sibling(staffa, { ...options, start: name === 'another node' })
  await other.jobs.cancel({ worker: 'waits' })

  expect(await within(1_000, aborted)).toMatchObject({ code: 'CANCELLED' })
  doors.open()
  await expect.poll(() => staffa.queues.check('default')?.running).toEqual([])
  expect(await staffa.jobs.get(job.id)).toMatchObject({ state: 'cancelled', completedAt: undefined })
})

test('a notice from an Elixir node or a dashboard cancels as well', async () => {
  const { staffa, aborted, job } = await running()
  await staffa.notify('signal', { action: 'pkill', job_id: job.id })

  expect(await within(1_000, aborted)).toMatchObject({ code: 'CANCELLED' })
  expect(await settled(staffa, job)).toMatchObject({ state: 'cancelled', attempt: 1 })
  expect((await staffa.jobs.get(job.id))?.errors).toMatchObject([
    { attempt: 1, error: expect.stringContaining(`** (StaffaError CANCELLED) job ${job.id} was cancelled`) },
  ])
})

test('where no notice arrives, the job ends with the next sign of life', async () => {
  const lease = { milliseconds: 200 }
  const { staffa, aborted, job } = await running({ notifier: 'poll', rescuer: { lease, interval: lease } })
  const other = await sibling(staffa, still)
  await other.jobs.cancel(job.id)

  expect(await within(1_000, aborted)).toMatchObject({ code: 'CANCELLED' })
})

test('one that was taken away is told so: its end is not written', async () => {
  const lease = { milliseconds: 200 }
  const { staffa, doors, aborted, job } = await running({ rescuer: { lease, interval: { minutes: 5 } } })
  const table = `"${staffa.prefix}".oban_jobs`
  const late = untilEvent('job.late', (event) => event.job.id === job.id)
  await staffa.query(`UPDATE ${table} SET state = 'suspended' WHERE id = $1`, [job.id])

  expect(await within(1_000, aborted)).toMatchObject({ code: 'LOST' })
  doors.open()
  await late
  expect(await staffa.jobs.get(job.id)).toMatchObject({ state: 'suspended', errors: [] })
})

test.each([
  ['completes', `UPDATE jobs SET state = 'cancelled', cancelled_at = now() WHERE id = $1`],
  ['finds its row gone', 'DELETE FROM jobs WHERE id = $1'],
  ['is in another attempt', 'UPDATE jobs SET attempt = 2 WHERE id = $1'],
  ['belongs to another node', `UPDATE jobs SET attempted_by = '{other,uuid}' WHERE id = $1`],
])('an end that comes late is told of and not written: the job %s', async (_name, text) => {
  const { staffa, doors, job } = await running()
  const late = untilEvent('job.late', (event) => event.job.id === job.id)
  const stopped = events('job.stop', 'works')
  await staffa.query(text.replace('jobs', `"${staffa.prefix}".oban_jobs`), [job.id])
  const before = await staffa.jobs.get(job.id)
  doors.open()

  expect(await late).toMatchObject({ node: 'works', state: 'completed' })
  expect(await staffa.jobs.get(job.id)).toEqual(before)
  expect(stopped).toEqual([])
})

test('a job that ignores its signal keeps its slot for the grace period, and is then given up', async () => {
  const { staffa, doors, job, waits } = await running({
    queues: { default: 1 },
    shutdownGracePeriod: { milliseconds: 200 },
  })
  const abandoned = untilEvent('job.abandoned')
  await staffa.jobs.cancel(job.id)
  const next = await staffa.insert(waits.new({}))

  expect(await abandoned).toMatchObject({ job: { id: job.id } })
  await doors.reached(2)
  expect(staffa.queues.check('default')?.running).toEqual([next.id])
})

test('a cancelled job that is retried runs again beside its old attempt, and both are known', async () => {
  const { staffa, doors, job } = await running()
  await staffa.jobs.cancel(job.id)
  await staffa.jobs.retry(job.id)
  await doors.reached(2)
  expect(staffa.queues.check('default')?.running).toEqual([job.id, job.id])
  doors.open()

  expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 2 })
  await expect.poll(() => staffa.queues.check('default')?.running).toEqual([])
})

test('of many jobs that run and wait all are cancelled at once', async () => {
  const { staffa, doors, aborted, waits } = await running()
  await staffa.insertAll(Array.from({ length: 20 }, (_n, n) => waits.new({ n }, n % 2 ? { scheduleIn: 600 } : {})))
  await doors.reached(3)

  expect(await staffa.jobs.cancel({ worker: 'waits' })).toBe(21)
  await within(1_000, aborted)
  doors.open()
  await expect.poll(() => staffa.queues.check('default')?.running).toEqual([])
  expect(await staffa.jobs.count({ state: 'cancelled' })).toBe(21)
  expect(doors.begun).toHaveLength(3)
})
