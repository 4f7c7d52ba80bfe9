import assert from 'node:assert/strict'
import { jobStates } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import {
  assertFields,
  type Bench,
  draft,
  executing,
  fetch,
  heard,
  ids,
  insert,
  insertOne,
  read,
  set,
  states,
  type Verb,
  whileLocked,
} from './bench.ts'

const all = { limit: 1_000, queues: [] }
const past = { delay: -60_000 }
const future = { delay: 3_600_000 }

/** A job that failed some time ago, and is due again. */
async function retryable(bench: Bench, queue = 'default'): Promise<{ readonly id: number }> {
  const job = await executing(bench, { queue })
  await set(bench, job, { state: `'retryable'`, scheduled_at: `scheduled_at - interval '1 minute'` })

  return job
}

export const stageJobs: Verb = {
  verb: 'stageJobs',
  cases: {
    'makes scheduled and retryable jobs available when they are due': async (bench) => {
      const again = await retryable(bench, 'retries')
      const [due, later] = await insert(bench, past, future)
      assert.ok(due && later)
      const { count, queues } = await bench.engine.stageJobs(all)

      assert.equal(count, 2)
      assert.deepEqual(queues.toSorted(), ['default', 'retries'])
      assert.deepEqual(await states(bench, [due, again, later]), ['available', 'available', 'scheduled'])
      assertFields(await read(bench, again), { attempt: 1 })
    },

    'obeys a clock that rules': async (bench) => {
      const clock = manualClock(new Date('2031-05-06T12:00:00Z'))
      const engine = bench.at(clock)
      const job = await insertOne({ engine }, { delay: 60_000 })

      clock.advance({ milliseconds: 59_999 })
      assert.equal((await engine.stageJobs(all)).count, 0)
      clock.advance({ milliseconds: 1 })
      assert.equal((await engine.stageJobs(all)).count, 1)
      assert.equal((await read(bench, job)).state, 'available')
    },

    'leaves jobs in other states alone': async (bench) => {
      for (const state of jobStates.filter((state) => !['scheduled', 'retryable'].includes(state))) {
        const job = await insertOne(bench, past)
        await set(bench, job, { state: `'${state}'` })

        assert.equal((await bench.engine.stageJobs(all)).count, 0, state)
        assert.equal((await read(bench, job)).state, state)
      }
    },

    'stages the longest due first, and no more than the limit': async (bench) => {
      const jobs = await insert(bench, { delay: -1_000 }, { delay: -3_000 }, { delay: -2_000 })

      assert.equal((await bench.engine.stageJobs({ limit: 2, queues: [] })).count, 2)
      assert.deepEqual(await states(bench, jobs), ['scheduled', 'available', 'available'])
    },

    'keeps the schedule and the priority, so that order stays what it was': async (bench) => {
      const [low, high] = await insert(bench, { ...past, priority: 2 }, { delay: -1_000, priority: 1 })
      assert.ok(low && high)
      await bench.engine.stageJobs(all)

      assert.deepEqual((await read(bench, low)).scheduledAt, low.scheduledAt)
      assert.deepEqual(ids(await fetch(bench)), [high.id, low.id])
    },

    'tells of queues that have available jobs, if it was asked about them': async (bench) => {
      await insert(bench, { queue: 'waiting' }, { queue: 'unasked' })
      const { count, queues } = await bench.engine.stageJobs({ limit: 10, queues: ['waiting', 'empty'] })

      assert.equal(count, 0)
      assert.deepEqual(queues, ['waiting'])
    },

    'names a queue once, though jobs were staged there and it was asked about': async (bench) => {
      await insert(bench, past, {})

      assert.deepEqual(await bench.engine.stageJobs({ limit: 10, queues: ['default'] }), {
        count: 1,
        queues: ['default'],
      })
    },

    'sends one notice a queue': async (bench) => {
      await insert(bench, { ...past, queue: 'mail' }, { ...past, queue: 'mail' }, { ...past, queue: `o'hara "x" \\` })
      const notices = await heard(bench, 'insert', async () => void (await bench.engine.stageJobs(all)))
      const queues = notices.map((notice) => JSON.parse(notice).queue)

      assert.deepEqual(queues.toSorted(), ['mail', `o'hara "x" \\`])
    },

    'sends no notice when there is nothing to stage': async (bench) => {
      await insert(bench, future, {})
      const options = { limit: 10, queues: ['default'] }

      assert.deepEqual(await heard(bench, 'insert', async () => void (await bench.engine.stageJobs(options))), [])
    },
  },
  racing: {
    'passes over jobs that others have locked': async (bench) => {
      const jobs = await insert(bench, past, past, past)
      await whileLocked(bench, jobs.slice(0, 1), async () => {
        assert.equal((await bench.engine.stageJobs(all)).count, 2)
      })
      assert.deepEqual(await states(bench, jobs), ['scheduled', 'available', 'available'])
      assert.equal((await bench.engine.stageJobs(all)).count, 1)
    },

    'stages each job once, however many stagers there are': async (bench) => {
      await bench.engine.insertJobs(Array.from({ length: 200 }, () => draft(past)))
      const counts = await Promise.all(Array.from({ length: 8 }, () => bench.engine.stageJobs(all)))

      assert.equal(
        counts.reduce((sum, { count }) => sum + count, 0),
        200,
      )
    },
  },
}

export const stageQueue: Verb = {
  verb: 'stageQueue',
  cases: {
    'makes all waiting jobs of a queue available, due or not': async (bench) => {
      const again = await retryable(bench)
      const jobs = await insert(bench, past, future, { ...future, queue: 'other' }, { state: 'suspended' })

      assert.equal(await bench.engine.stageQueue('default', undefined), 3)
      assert.deepEqual(await states(bench, [again, ...jobs]), [
        'available',
        'available',
        'available',
        'scheduled',
        'suspended',
      ])
    },

    'makes only those available that are due by an instant': async (bench) => {
      const jobs = await insert(
        bench,
        { scheduledAt: new Date('2031-01-01Z') },
        { scheduledAt: new Date('2031-01-02Z') },
      )

      assert.equal(await bench.engine.stageQueue('default', new Date('2031-01-01Z')), 1)
      assert.deepEqual(await states(bench, jobs), ['available', 'scheduled'])
    },
  },
}
