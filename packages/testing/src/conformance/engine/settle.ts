import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type JobState, jobStates } from '@staffa/core'
import { fetch, ids, insert, insertOne, producer, row, set, states, type Verb, whileLocked } from './bench.ts'

export const strayJobs: Verb = {
  verb: 'strayJobs',
  cases: {
    'tells which jobs a producer has lost, and what became of them': async (bench) => {
      await insert(bench, {}, {}, {}, {})
      const [mine, cancelled, taken, gone] = await fetch(bench)
      assert.ok(mine && cancelled && taken && gone)
      await bench.engine.cancelJobs({ id: cancelled.id })
      await set(bench, taken, { attempted_by: `ARRAY['other', '${randomUUID()}']` })
      await bench.query(`DELETE FROM ${bench.jobs} WHERE id = ${gone.id}`)
      const strays = await bench.engine.strayJobs(producer, ids([mine, cancelled, taken, gone]))

      assert.deepEqual(
        strays.toSorted((a, b) => a.id - b.id),
        [
          { id: cancelled.id, state: 'cancelled' },
          { id: taken.id, state: 'executing' },
          { id: gone.id, state: undefined },
        ],
      )
    },

    'asks about nothing when there is nothing': async (bench) => {
      assert.deepEqual(await bench.engine.strayJobs(producer, []), [])
    },
  },
}

export const settleJobs: Verb = {
  verb: 'settleJobs',
  cases: {
    'takes jobs that have ended and are not settled, once': async (bench) => {
      const jobs = new Map<JobState, { readonly id: number }>()
      for (const state of jobStates) {
        const job = await insertOne(bench, { meta: { settles: true, kept: 1 } })
        await set(bench, job, { state: `'${state}'` })
        jobs.set(state, job)
      }
      const options = { ids: ids([...jobs.values()]) }
      const taken = await bench.engine.transaction((on) => bench.engine.settleJobs(options, on))
      const ended = (['completed', 'cancelled', 'discarded'] as const).map((state) => jobs.get(state)?.id)

      assert.deepEqual(ids(taken).toSorted(), ended.toSorted())
      for (const { meta } of taken) assert.deepEqual(meta, { settles: false, kept: 1 })
      assert.deepEqual(await bench.engine.transaction((on) => bench.engine.settleJobs(options, on)), [])
    },

    'leaves jobs alone that have nothing to settle': async (bench) => {
      const job = await insertOne(bench)
      await set(bench, job, { state: `'completed'` })
      const before = await row(bench, job)

      assert.deepEqual(await bench.engine.transaction((on) => bench.engine.settleJobs({ ids: [job.id] }, on)), [])
      assert.equal(await row(bench, job), before)
    },

    'finds the jobs of workers, but for some, up to a limit': async (bench) => {
      const meta = { settles: true }
      const jobs = await insert(bench, { meta }, { meta }, { meta }, { meta, worker: 'other' })
      await bench.engine.cancelJobs({})
      const options = { workers: ['worker'], except: [jobs[0]?.id ?? 0], limit: 1 }
      const taken = await bench.engine.transaction((on) => bench.engine.settleJobs(options, on))

      assert.deepEqual(ids(taken), [jobs[1]?.id])
    },

    'takes them again when the transaction was undone': async (bench) => {
      const job = await insertOne(bench, { meta: { settles: true } })
      await bench.engine.cancelJobs({})
      const work = bench.engine.transaction(async (on) => {
        await bench.engine.settleJobs({ ids: [job.id] }, on)
        throw new Error('undone')
      })
      await assert.rejects(work, /undone/)
      const taken = await bench.engine.transaction((on) => bench.engine.settleJobs({ ids: [job.id] }, on))

      assert.deepEqual(ids(taken), [job.id])
    },
  },
  racing: {
    'passes over jobs that others are settling': async (bench) => {
      const jobs = await insert(bench, { meta: { settles: true } }, { meta: { settles: true } })
      await bench.engine.cancelJobs({})
      await whileLocked(bench, jobs.slice(0, 1), async () => {
        const taken = await bench.engine.transaction((on) => bench.engine.settleJobs({ ids: ids(jobs) }, on))

        assert.deepEqual(ids(taken), ids(jobs.slice(1)))
      })
      assert.deepEqual(await states(bench, jobs), ['cancelled', 'cancelled'])
    },
  },
}
