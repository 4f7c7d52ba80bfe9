import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { jobStates } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import {
  assertFields,
  assertNear,
  claim,
  draft,
  fetch,
  ids,
  insert,
  insertOne,
  producer,
  read,
  row,
  set,
  type Verb,
  whileLocked,
} from './bench.ts'
import { hostile } from './hostile.ts'

export const fetchJobs: Verb = {
  verb: 'fetchJobs',
  cases: {
    'claims a job for a producer, and counts the attempt': async (bench) => {
      const { id } = await insertOne(bench, { args: { number: 1 } })
      const [job] = await fetch(bench, { node: 'node-7' })

      assertFields(job ?? {}, { id, state: 'executing', attempt: 1, attemptedBy: ['node-7', producer] })
      assertFields(job ?? {}, { args: { number: 1 }, errors: [], completedAt: undefined })
      assertNear(job?.attemptedAt, Date.now(), 60_000)
      assert.deepEqual(await read(bench, { id }), job)
    },

    'takes jobs by priority, then by schedule, then by id': async (bench) => {
      const at = (seconds: number) => ({ scheduledAt: new Date(Date.UTC(2020, 0, 1, 0, 0, seconds)) })
      const inserted = await insert(
        bench,
        { priority: 9, ...at(0) },
        { priority: 0, ...at(30) },
        { priority: 0, ...at(10) },
        { priority: 1, ...at(5) },
        { priority: 0, ...at(10) },
        { priority: 0, ...at(20) },
      )
      await bench.engine.stageJobs({ limit: 100, queues: [] })
      const expected = [2, 4, 5, 1, 3, 0].map((place) => inserted[place]?.id)

      assert.deepEqual(ids(await fetch(bench, { limit: 2 })), expected.slice(0, 2))
      assert.deepEqual(ids(await fetch(bench)), expected.slice(2))
    },

    'takes no more than the limit, and no job twice': async (bench) => {
      await insert(bench, {}, {}, {}, {}, {})
      const first = await fetch(bench, { limit: 3 })
      const second = await fetch(bench, { limit: 3 })

      assert.deepEqual([first.length, second.length], [3, 2])
      assert.equal(new Set(ids([...first, ...second])).size, 5)
      assert.deepEqual(await fetch(bench), [])
    },

    'takes jobs of its queue alone': async (bench) => {
      const [mine, other] = await insert(bench, { queue: 'mine' }, { queue: 'other' })

      assert.deepEqual(ids(await fetch(bench, { queue: 'mine' })), [mine?.id])
      assert.equal((await read(bench, other as { id: number })).state, 'available')
    },

    'leaves jobs alone that are not available': async (bench) => {
      for (const state of jobStates.filter((state) => state !== 'available')) {
        const job = await insertOne(bench)
        await set(bench, job, { state: `'${state}'` })
        const before = await row(bench, job)

        assert.deepEqual(await fetch(bench), [], state)
        assert.equal(await row(bench, job), before, state)
      }
    },

    'takes an available job though its schedule lies in the future': async (bench) => {
      const job = await insertOne(bench)
      await set(bench, job, { scheduled_at: `scheduled_at + interval '1 hour'` })

      assert.deepEqual(ids(await fetch(bench)), [job.id])
    },

    'takes the time of the attempt from a clock that rules': async (bench) => {
      const noon = new Date('2031-05-06T12:00:00Z')
      await insertOne(bench)
      const [job] = await fetch({ engine: bench.at(manualClock(noon)) })

      assert.deepEqual(job?.attemptedAt, noon)
    },

    'leaves out what was scheduled before a moment, of priority 0 alone': async (bench) => {
      const at = (second: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, second))
      const [first, second, exact, later, lesser] = await insert(
        bench,
        ...[1, 4, 5, 6].map((each) => ({ scheduledAt: at(each) })),
        { priority: 1, scheduledAt: at(2) },
      )
      await bench.engine.stageJobs({ limit: 100, queues: [] })

      assert.deepEqual(ids(await fetch(bench, { from: at(5) })), [exact?.id, later?.id, lesser?.id])
      assert.deepEqual(ids(await fetch(bench)), [first?.id, second?.id])
    },

    'tells when the last of priority 0 was scheduled': async (bench) => {
      const at = (second: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, second))
      const reached = async () => (await bench.engine.fetchJobs(claim())).reached
      await insert(
        bench,
        { scheduledAt: at(2) },
        { scheduledAt: at(3) },
        { scheduledAt: at(1) },
        { priority: 1, scheduledAt: at(9) },
      )
      await bench.engine.stageJobs({ limit: 100, queues: [] })
      assert.deepEqual(await reached(), at(3))
      assert.equal(await reached(), undefined)

      await insert(bench, { priority: 2 })
      assert.equal(await reached(), undefined)
    },

    'reaches no further than its own time, and not to a time before 1970': async (bench) => {
      const job = await insertOne(bench)
      await set(bench, job, { scheduled_at: `scheduled_at + interval '1 hour'` })
      const { jobs, reached } = await bench.engine.fetchJobs(claim())

      assert.deepEqual(reached, jobs[0]?.attemptedAt)
      for (const past of ['-infinity', '4000-01-01 BC', '1969-12-31']) {
        await set(bench, await insertOne(bench), { scheduled_at: `'${past}'` })
        assert.equal((await bench.engine.fetchJobs(claim())).reached, undefined)
      }
    },

    'discards jobs that have no attempts left, and takes the others': async (bench) => {
      const [spent, fresh] = await insert(bench, { maxAttempts: 3 }, { priority: 5 })
      assert.ok(spent && fresh)
      await set(bench, spent, { attempt: 3 })
      const { count, jobs, discarded } = await bench.engine.fetchJobs(claim())

      assert.equal(count, 2)
      assert.deepEqual(ids(jobs), [fresh.id])
      assert.deepEqual(ids(discarded), [spent.id])
      const after = await read(bench, spent)
      assertFields(after, { state: 'discarded', attempt: 3, completedAt: undefined })
      assertNear(after.discardedAt, Date.now(), 60_000)
      assert.match(after.errors.at(-1)?.error ?? '', /no attempts left/)
    },

    'leaves to a settler what it discards': async (bench) => {
      const job = await insertOne(bench, { maxAttempts: 1, meta: { settles: true, kept: 1 } })
      await set(bench, job, { attempt: 1 })
      const { discarded } = await bench.engine.fetchJobs(claim())

      assert.deepEqual(discarded[0]?.meta, { settles: true, kept: 1, ended_by: 'fetch' })
    },

    'finds queues, whatever characters their names have': async (bench) => {
      for (const queue of hostile) {
        const { id } = await insertOne(bench, { queue })

        assert.deepEqual(ids(await fetch(bench, { queue, node: queue })), [id])
        assert.deepEqual((await read(bench, { id })).attemptedBy, [queue, producer])
      }
    },
  },
  racing: {
    'passes over jobs that others have locked': async (bench) => {
      const inserted = await insert(bench, {}, {}, {}, {})
      await whileLocked(bench, inserted.slice(0, 2), async () => {
        assert.deepEqual(ids(await fetch(bench, { limit: 2 })), ids(inserted.slice(2)))
      })
      assert.deepEqual(ids(await fetch(bench)), ids(inserted.slice(0, 2)))
    },

    'gives each job to one of many fetches at once': async (bench) => {
      await bench.engine.insertJobs(Array.from({ length: 300 }, () => draft()))
      const fetches = Array.from({ length: 20 }, () => fetch(bench, { limit: 20, producer: randomUUID() }))
      const fetched = (await Promise.all(fetches)).flat()

      assert.equal(new Set(ids(fetched)).size, fetched.length)
      assert.ok(fetched.every(({ attempt }) => attempt === 1))
      const left = await bench.engine.countJobs({ state: 'available' })
      assert.equal(fetched.length + left, 300)
    },
  },
}
