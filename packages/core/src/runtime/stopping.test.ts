import { settled, type TestOptions, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { databases, events, gate, instance, noop, sibling } from '../../test/behaviour/kit.ts'
import { type Fault, faulty, isVerb } from '../../test/faults.ts'
import type { Database } from '../engine/database.ts'
import { type Job, worker } from '../index.ts'

const never = new Promise<never>(() => {})
const shortly = { shutdownGracePeriod: { milliseconds: 50 } }

/** A worker that is quick until its gate is closed: whatever is fetched ahead then waits. */
function gated() {
  const { pass, reached, open } = gate()
  let closed = false
  const work = worker({ name: 'work' }).process(async ({ job }) => {
    if (closed) await pass(job)
  })

  return {
    work,
    reached,
    open,
    close: () => {
      closed = true
    },
  }
}

describe.each(databases)('a node on %s that stops', (_, database) => {
  const start = (options: TestOptions) => instance({ database: database(), start: true, ...options })

  /** A node with one job that runs and others that it has fetched ahead. */
  async function fetchedAhead(plan: () => Fault, options: TestOptions) {
    const { work, reached, open, close } = gated()
    const staffa = await instance({ database: database() })
    const node = await sibling(staffa, {
      ...options,
      database: faulty(staffa.database, plan),
      workers: [work],
      queues: { default: { limit: 1, paused: true } },
      start: true,
    })
    await staffa.insertAll(Array.from({ length: 200 }, () => work.new({})))
    let started = 0
    const warm = untilEvent('job.start', ({ node: on }) => on === node.node && ++started === 30)
    await node.queues.resume('default', { local: true })
    await warm
    close()
    await reached(1)
    const count = (state: Job['state']) => staffa.jobs.count({ state })

    return { staffa, node, work, open, count }
  }

  test('lets running jobs end within the grace period, and begins no other', async () => {
    const { pass, reached, open, begun } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    const staffa = await start({ workers: [slow], queues: { default: 2 }, shutdownGracePeriod: { minutes: 1 } })
    const shutdowns = events('queue.shutdown', staffa.node)
    await staffa.insertAll(Array.from({ length: 5 }, () => slow.new({})))
    await reached(2)
    const stopping = staffa.stop()
    open()
    await stopping

    expect(begun).toHaveLength(2)
    expect(await staffa.jobs.count({ state: 'completed' })).toBe(2)
    expect(await staffa.jobs.count({ state: 'available' })).toBe(3)
    expect(shutdowns).toMatchObject([{ queue: 'default', orphaned: [] }])
    expect(shutdowns[0]?.elapsed).toBeLessThan(60_000)
  })

  test('gives back what heeds its signal after the grace period, as if the attempt had not been', async () => {
    const { reached, pass } = gate()
    const heeds = worker({ name: 'heeds' }).process(async ({ job, signal }) => {
      if (job.attemptedBy[0] === 'patient') return 'done'
      void pass(job)
      return new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const staffa = await start({ workers: [heeds], queues: { default: 1 }, ...shortly })
    const { id } = await staffa.insert(heeds.new({}))
    await reached(1)
    await staffa.stop()

    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'available', attempt: 0, errors: [] })
    const other = await sibling(staffa, { workers: [heeds], queues: { default: 1 }, node: 'patient', start: true })
    expect(await settled(other, id)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('does not wait for ever for what does not heed its signal, and names it', async () => {
    const { reached, pass } = gate()
    const heedless = worker({ name: 'heedless' }).process(({ job }) => {
      void pass(job)
      return never
    })
    const staffa = await start({ workers: [heedless], queues: { default: 1 }, ...shortly })
    const shutdowns = events('queue.shutdown', staffa.node)
    const { id } = await staffa.insert(heedless.new({}))
    await reached(1)
    const began = performance.now()
    await staffa.stop()

    expect(performance.now() - began).toBeLessThan(5_000)
    expect(shutdowns).toMatchObject([{ orphaned: [id] }])
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 1 })
  })

  test('gives back what it has fetched ahead', async () => {
    const { node, count, open } = await fetchedAhead(() => undefined, { shutdownGracePeriod: { minutes: 1 } })
    expect(await count('executing')).toBeGreaterThan(1)
    const available = await count('available')
    const stopping = node.stop()
    open()
    await stopping

    expect(await count('executing')).toBe(0)
    expect((await count('completed')) + (await count('available'))).toBe(200)
    expect(await count('available')).toBeGreaterThan(available)
    const unbegun = await node.jobs.list({ state: 'available', limit: 200 })
    expect(new Set(unbegun.map(({ attempt }) => attempt))).toEqual(new Set([0]))
  })

  test('gives back what a fetch brings that was under way', async () => {
    const staffa = await instance({ database: database() })
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slowly: Database = {
      ...staffa.database,
      query: async (statement, values) => {
        const rows = await staffa.database.query(statement, values)
        if (!isVerb(statement, 'fetch')) return rows
        asked.resolve()
        await answer.promise
        return rows
      },
    }
    const begun = events('job.start')
    const node = await sibling(staffa, { workers: [noop], queues: { default: 5 }, database: slowly })
    await staffa.insertAll([noop.new({}), noop.new({})])
    await node.start()
    await asked.promise
    expect(await staffa.jobs.count({ state: 'executing' })).toBe(2)
    const stopping = node.stop()
    answer.resolve()
    await stopping

    expect(await staffa.jobs.list({ state: 'available' })).toMatchObject([{ attempt: 0 }, { attempt: 0 }])
    expect(begun).toEqual([])
  })

  test('does not wait for a database that is gone to take anything back', async () => {
    let down = false
    const { node, open } = await fetchedAhead(() => (down ? 'before' : undefined), shortly)
    down = true
    open()
    const began = performance.now()
    await node.stop()

    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

describe.each(databases)('a queue on %s that is stopped', (_, database) => {
  test('by two at once ends for both when its jobs have ended', async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    const staffa = await instance({
      database: database(),
      workers: [slow],
      queues: { default: 1 },
      shutdownGracePeriod: { minutes: 1 },
      start: true,
    })
    const { id } = await staffa.insert(slow.new({}))
    await reached(1)
    const stopped: boolean[] = []
    let opened = false
    const stop = () => staffa.queues.stop('default', { local: true }).then(() => stopped.push(opened))
    const stops = [stop(), stop()]
    for (let turn = 0; turn < 5; turn += 1) await staffa.jobs.get(id)
    opened = true
    open()
    await Promise.all(stops)

    expect(stopped).toEqual([true, true])
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'completed' })
    expect(staffa.queues.check('default')).toBe(undefined)
  })

  test('while the database is away still writes the ends of its jobs when that is back', async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    let down = false
    const staffa = await instance({ database: database() })
    const node = await sibling(staffa, {
      ...shortly,
      database: faulty(staffa.database, () => (down ? 'before' : undefined)),
      workers: [slow, noop],
      queues: { default: 1, other: 1 },
      start: true,
    })
    const { id } = await staffa.insert(slow.new({}))
    await reached(1)
    down = true
    const failed = untilEvent('failure', ({ where }) => where === 'acker')
    open()
    await failed
    await node.queues.stop('default', { local: true })
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing' })
    down = false

    expect(await settled(staffa, id)).toMatchObject({ state: 'completed' })
  })
})
