import { testStaffa, untilEvent } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type InsertedJob, onTelemetry, type TelemetryName, worker } from '../index.ts'

/** A worker whose jobs are quick until the gate is closed: then they wait. */
function gated() {
  let open = Promise.withResolvers<void>()
  open.resolve()
  const ran: number[] = []
  const gate = worker({ name: 'gate' }).process(async ({ job }) => {
    ran.push(job.id)
    await open.promise
  })

  return {
    gate,
    ran,
    close: () => {
      open = Promise.withResolvers<void>()
    },
    open: () => open.resolve(),
  }
}

async function many(count: number) {
  const { gate, ...rest } = gated()
  const staffa = await testStaffa({
    queues: { default: { limit: 1, paused: true } },
    workers: [gate],
    start: true,
    onFinished: onTestFinished,
  })
  const insert = () => staffa.insertAll(Array.from({ length: count }, () => gate.new({})))
  const count_ = (state: 'available' | 'executing' | 'completed') => staffa.jobs.count({ state })

  return { ...rest, staffa, insert, count: count_ }
}

const events = (name: TelemetryName, times: number) =>
  new Promise<void>((resolve) => {
    let seen = 0
    const end = onTelemetry(name, () => {
      seen += 1
      if (seen < times) return
      end()
      resolve()
    })
  })

/** Runs quick jobs until the queue fetches ahead, then makes them wait. */
async function fetchedAhead(kit: Awaited<ReturnType<typeof many>>): Promise<readonly InsertedJob[]> {
  const quick = events('job.start', 30)
  const jobs = await kit.insert()
  await kit.staffa.queues.resume('default', { local: true })
  await quick
  kit.close()

  return jobs
}

describe('a producer that fetches ahead', () => {
  test('gives back what has become slow, so that other nodes can run it', async () => {
    const kit = await many(600)
    await fetchedAhead(kit)
    await expect.poll(() => kit.count('executing'), { timeout: 20_000 }).toBe(1)

    expect(await kit.count('available')).toBeGreaterThan(0)
    kit.open()
    await expect.poll(() => kit.count('completed'), { timeout: 20_000 }).toBe(600)
    expect(new Set(kit.ran).size).toBe(600)
    expect(kit.ran).toHaveLength(600)
  })

  test('gives it back when the queue is paused, without counting the attempt', async () => {
    const kit = await many(600)
    await fetchedAhead(kit)
    await kit.staffa.queues.pause('default', { local: true })

    expect(await kit.count('executing')).toBeLessThanOrEqual(1)
    const [waiting] = await kit.staffa.jobs.list({ state: 'available', limit: 1 })
    expect(waiting?.attempt).toBe(0)
    kit.open()
  })

  test('never begins a job that was cancelled while it waited', async () => {
    const kit = await many(600)
    const jobs = await fetchedAhead(kit)
    const cancelled = await kit.staffa.jobs.cancel({ id: jobs.slice(-300).map(({ id }) => id) })
    kit.open()
    await expect.poll(() => kit.count('completed'), { timeout: 20_000 }).toBe(600 - cancelled)

    const late = new Set(jobs.slice(-cancelled).map(({ id }) => id))
    const ids = new Set((await kit.staffa.jobs.list({ state: 'cancelled', limit: 600 })).map(({ id }) => id))
    expect(ids.size).toBe(cancelled)
    expect(kit.ran.filter((id) => ids.has(id) && late.has(id))).toEqual([])
  })
})

test('a job whose old attempt cannot be ended takes two slots when it runs again', async () => {
  const hung = Promise.withResolvers<void>()
  let running = 0
  let most = 0
  const stubborn = worker({ name: 'stubborn', timeout: { milliseconds: 20 }, backoff: () => 0 }).process(
    async ({ job }) => {
      running += 1
      most = Math.max(most, running)
      if (job.attempt === 1) await hung.promise
      running -= 1
    },
  )
  await using staffa = await testStaffa({
    queues: { default: 2 },
    workers: [stubborn],
    shutdownGracePeriod: { seconds: 20 },
    start: true,
  })
  const job = await staffa.insert(stubborn.new({}))
  await untilEvent('job.stop', (event) => event.job.id === job.id && event.job.attempt === 2)

  expect(staffa.queues.check('default')?.running).toEqual([job.id])
  expect(most).toBe(2)
  hung.resolve()
})
