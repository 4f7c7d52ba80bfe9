import { setTimeout as sleep } from 'node:timers/promises'
import { settled, type TestOptions, untilEvent } from '@staffa/testing'
import { describe, expect, inject, test } from 'vitest'
import { databases, events, gate, instance, sibling, timed } from '../../test/behaviour/kit.ts'
import { type Fault, faulty, isVerb, Late, named, verbOf } from '../../test/faults.ts'
import { fail, snooze, worker } from '../index.ts'

/** A worker that counts how often each of its jobs was begun. */
function counting() {
  const runs = new Map<number, number>()
  const count = worker({ name: 'count' }).process(({ job }) => {
    runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
  })

  return { count, runs }
}

describe.each(databases)('behind a bad line to %s', (_, database) => {
  /** An instance with tables of its own, and the one that works them over the bad line. */
  async function behind(plan: Parameters<typeof faulty>[1], options: TestOptions) {
    const staffa = await instance({ database: database() })
    const node = await sibling(staffa, { ...options, database: faulty(staffa.database, plan) })

    return { staffa, node }
  }

  test.each(['before', 'after'] as const)('a fetch that is cut off %s its work loses no job', async (when) => {
    const { count, runs } = counting()
    let cuts = 0
    const plan = (statement: object): Fault =>
      isVerb(statement as never, 'fetch') && cuts++ % 2 === 0 ? when : undefined
    const { staffa, node } = await behind(plan, { workers: [count], queues: { default: 4 } })
    const jobs = await staffa.insertAll(Array.from({ length: 20 }, () => count.new({})))
    await node.start()

    for (const job of jobs) expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 1 })
    expect([...runs.values()]).toEqual(jobs.map(() => 1))
    expect(cuts).toBeGreaterThan(1)
  })

  test('a fetch that reaches the database long after it was given up loses no job', async () => {
    const { count, runs } = counting()
    const late = new Late()
    let fetches = 0
    const plan = (statement: { readonly name: string; readonly text: string }): Fault =>
      isVerb(statement, 'fetch') && fetches++ === 0 ? late : undefined
    const { staffa, node } = await behind(plan, {
      workers: [count],
      queues: { default: 4 },
      rescuer: { lease: { seconds: 1 } },
    })
    const looked = untilEvent('engine.stop', ({ verb }) => verb === 'fetchJobs')
    await node.start()
    await looked

    await node.queues.pause('default', { local: true })
    const { id } = await staffa.insert(count.new({}))
    await late.arrive()
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing' })
    await node.queues.resume('default', { local: true })

    expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 1 })
    expect([...runs.values()]).toEqual([1])
  })

  test('what gives lost jobs back leaves those alone that were claimed before it arrived', async () => {
    const { pass, reached, open } = gate()
    const held = worker({ name: 'held' }).process(({ job }) => pass(job))
    const late = new Late()
    const cuts = new Map<string, Fault>([
      ['fetch', 'after'],
      ['release', late],
    ])
    const plan = (statement: { readonly name: string; readonly text: string }): Fault => {
      const [verb, fault] = [...cuts].find(([name]) => isVerb(statement, name)) ?? []
      if (verb) cuts.delete(verb)

      return fault
    }
    const { staffa, node } = await behind(plan, { workers: [held], queues: { default: 1 } })
    const { id } = await staffa.insert(held.new({}))
    await node.start()
    await reached(1)
    await late.arrive()
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 1 })
    open()

    expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('a snooze that is written twice leaves an attempt alone that has begun in between', async () => {
    const { pass, reached, open } = gate()
    let runs = 0
    const napping = worker({ name: 'napping' }).process(({ job }) => {
      runs += 1
      return runs === 1 ? snooze({ hours: 1 }) : pass(job)
    })
    const late = new Late()
    let acks = 0
    const plan = (statement: { readonly name: string; readonly text: string }): Fault =>
      isVerb(statement, 'ack') && acks++ === 0 ? late : undefined
    const { staffa, node } = await behind(plan, { workers: [napping], queues: { default: 1 } })
    const { id } = await staffa.insert(napping.new({}))
    await node.start()
    expect(await settled(staffa, id, { states: ['scheduled'] })).toMatchObject({ attempt: 0 })
    await staffa.jobs.retry(id)
    await reached(1)
    await late.arrive()
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 1 })
    open()

    expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 1 })
    expect(runs).toBe(2)
  })

  test.each(['before', 'after'] as const)(
    'an end that is cut off %s its work is written and told once',
    async (when) => {
      const { count, runs } = counting()
      const cutOff = new Set<string>()
      const plan = (statement: { readonly name: string }): Fault => {
        const verb = verbOf(statement)
        if (!verb.startsWith('ack') || cutOff.has(verb)) return undefined
        cutOff.add(verb)
        return when
      }
      const failing = worker({ name: 'failing' }).process(() => fail('why'))
      const { staffa, node } = await behind(plan, { workers: [count, failing], queues: { default: 4 } })
      const [late, stops, exceptions] = (['job.late', 'job.stop', 'job.exception'] as const).map((name) =>
        events(name, node.node),
      )
      const jobs = await staffa.insertAll([count.new({}), failing.new({}, { maxAttempts: 1 }), count.new({})])
      const told = Promise.all(
        jobs.map(({ id }) =>
          Promise.race(
            (['job.stop', 'job.exception'] as const).map((name) => untilEvent(name, ({ job }) => job.id === id)),
          ),
        ),
      )
      await node.start()
      await told

      expect((await staffa.jobs.list()).map(({ state }) => state)).toEqual(['completed', 'discarded', 'completed'])
      expect([late?.length, stops?.length, exceptions?.length]).toEqual([0, 2, 1])
      expect([...runs.values()]).toEqual([1, 1])
      expect(cutOff.size).toBe(2)
    },
  )

  test('a job that runs again before its last end is known to be written keeps its claim', async () => {
    const { pass, reached, open } = gate()
    const second = Promise.withResolvers<void>()
    const begun: number[] = []
    const again = worker({ name: 'again', backoff: () => 0 }).process(async ({ job }) => {
      begun.push(job.attempt)
      if (job.attempt === 1) throw new Error('again')
      second.resolve()
      await pass(job)
    })
    let acks = 0
    let knows = false
    let cutFetch = false
    const plan = (statement: { readonly name: string; readonly text: string }): Fault => {
      if (isVerb(statement, 'ack')) return acks++ === 0 ? 'after' : knows ? undefined : 'before'
      if (isVerb(statement, 'fetch') && cutFetch) {
        cutFetch = false
        return 'before'
      }
      return undefined
    }
    const { staffa, node } = await behind(plan, { workers: [again], queues: { default: 2 } })
    const { id } = await staffa.insert(again.new({}))
    await node.start()
    await second.promise
    await reached(1)
    const lateOrTold = Promise.race([untilEvent('job.late'), untilEvent('job.exception')])
    knows = true
    await lateOrTold

    // The next fetch fails, so that the one after it gives back what this producer has claimed without knowing it.
    cutFetch = true
    const released = untilEvent('engine.stop', ({ verb }) => verb === 'releaseJobs')
    await staffa.insert(again.new({}, { queue: 'elsewhere' }))
    await node.insert(again.new({}, { scheduleIn: { hours: 1 } }))
    await node.queues.scale('default', 3, { local: true })
    await released
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 2 })
    open()

    expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 2 })
    expect(begun).toEqual([1, 2])
  })

  test('an outage is waited for: what ran meanwhile is written when it is over', async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    let down = false
    const { staffa, node } = await behind(() => (down ? 'before' : undefined), {
      workers: [slow],
      queues: { default: 2 },
    })
    const jobs = await staffa.insertAll(Array.from({ length: 6 }, () => slow.new({})))
    await node.start()
    await reached(2)
    down = true
    const failures = untilEvent('failure', ({ where }) => where === 'acker')
    open()
    await failures
    down = false

    for (const job of jobs) expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 1 })
  })

  test('stopping does not wait for the database to come back', timed, async () => {
    const { pass, reached, open } = gate()
    const slow = worker({ name: 'slow' }).process(({ job }) => pass(job))
    let down = false
    const plan = (): Fault => (down ? 'before' : undefined)
    const { staffa, node } = await behind(plan, {
      workers: [slow],
      queues: { default: 2 },
      shutdownGracePeriod: { milliseconds: 200 },
    })
    await staffa.insertAll(Array.from({ length: 6 }, () => slow.new({})))
    await node.start()
    await reached(2)
    down = true
    open()
    const began = performance.now()
    await node.stop()

    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await staffa.jobs.count({ state: 'executing' })).toBe(2)
  })
})

test('cutting every connection again and again loses no job, runs none twice, and needs no restart', {
  timeout: 120_000,
}, async () => {
  const url = inject('databaseUrl')
  const name = `storm-${process.pid}`
  const { count, runs } = counting()
  const staffa = await instance({
    database: named(url, name),
    workers: [count],
    queues: { default: { limit: 20, prefetch: 0 } },
  })
  const witness = await instance({ database: url, prefix: staffa.prefix })
  const jobs = [...(await witness.insertAll(Array.from({ length: 2_000 }, () => count.new({}))))]
  const failures = events('failure', staffa.node)
  let kills = 0
  const kill = async () => {
    const text = 'SELECT count(pg_terminate_backend(pid)) AS killed FROM pg_stat_activity WHERE application_name = $1'
    const [row] = await witness.query<{ killed: string }>(text, [name])
    kills += Number(row?.killed)
  }

  await staffa.start()
  for (let turn = 0; kills <= 20 || failures.length <= 5; turn += 1) {
    await sleep(10 + (turn % 7) * 20)
    await kill()
    jobs.push(...(await witness.insertAll(Array.from({ length: 100 }, () => count.new({})))))
  }
  for (const { id } of jobs) await settled(witness, id, { timeout: 30 })

  expect([...runs.values()].filter((times) => times > 1)).toEqual([])
  const rows = await witness.query(
    `SELECT state::text, attempt, count(*)::int FROM "${staffa.prefix}".oban_jobs GROUP BY 1, 2`,
  )
  expect(rows).toEqual([{ state: 'completed', attempt: 1, count: jobs.length }])
})
