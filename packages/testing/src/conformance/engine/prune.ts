import assert from 'node:assert/strict'
import { finalStates, jobStates, type NewJob } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import { type Bench, ids, insertOne, set, type Verb, whileLocked } from './bench.ts'

const noon = new Date('2031-05-06T12:00:00Z')
const day = 86_400_000

/** A job that ended some days before noon. */
async function ended(bench: Bench, days: number, given: Partial<NewJob> = {}): Promise<{ readonly id: number }> {
  const { state = 'completed' } = given
  const job = await insertOne(bench, given)
  const at = new Date(noon.getTime() - days * day).toISOString().replace('Z', '')
  await set(bench, job, { state: `'${state}'`, [`${state}_at`]: `'${at}'` })

  return job
}

async function left({ engine }: Bench): Promise<readonly number[]> {
  return ids(await engine.listJobs({ limit: 1_000 })).toReversed()
}

type Rule = Parameters<Bench['engine']['pruneJobs']>[0]

/** Prunes at noon; gives what is left. */
async function prune(bench: Bench, given: Partial<Rule> = {}): Promise<readonly number[]> {
  const before = await left(bench)
  const options = { state: 'completed', rule: { age: 2 * day }, others: [], limit: 1_000, ...given } as const
  const count = await bench.at(manualClock(noon)).pruneJobs(options)
  const after = await left(bench)
  assert.equal(count, before.length - after.length, 'tells how many it has deleted')

  return after
}

const cases: Verb['cases'] = {
  'deletes jobs that ended long ago, in the state that is asked': async (bench) => {
    for (const state of finalStates) {
      await bench.query(`DELETE FROM ${bench.jobs}`)
      const other = finalStates.find((another) => another !== state) ?? 'completed'
      await ended(bench, 3, { state })
      const kept = [await ended(bench, 1, { state }), await ended(bench, 3, { state: other })]

      assert.deepEqual(await prune(bench, { state }), ids(kept))
    }
  },

  'never deletes a job that has not ended': async (bench) => {
    const open = jobStates.filter((state) => !(finalStates as readonly string[]).includes(state))
    for (const state of open) {
      const job = await insertOne(bench)
      await set(bench, job, { state: `'${state}'`, completed_at: `'2020-01-01'` })
    }

    assert.equal((await prune(bench, { rule: { age: 0 } })).length, open.length)
  },

  'keeps the newest when told how many': async (bench) => {
    const jobs = [await ended(bench, 1), await ended(bench, 3), await ended(bench, 2)]

    assert.deepEqual(await prune(bench, { rule: { length: 2 } }), [jobs[0]?.id, jobs[2]?.id])
    assert.deepEqual(await prune(bench, { rule: { length: 0 } }), [])
  },

  'heeds queues and workers, and leaves what other rules are about': async (bench) => {
    await ended(bench, 9, { queue: 'a', worker: 'x' })
    const y = await ended(bench, 9, { queue: 'a', worker: 'y' })
    const b = await ended(bench, 9, { queue: 'b', worker: 'x' })
    const rule = { age: day, queues: ['a'] }

    assert.deepEqual(await prune(bench, { rule, others: [{ workers: ['y'] }] }), ids([y, b]))
    assert.deepEqual(await prune(bench, { rule: { age: day, workers: ['y'] } }), [b.id])
  },

  'deletes no more than the limit, the oldest first': async (bench) => {
    const jobs = [await ended(bench, 7), await ended(bench, 9), await ended(bench, 8)]

    assert.deepEqual(await prune(bench, { limit: 2 }), [jobs[0]?.id])
  },

  'passes over jobs that are not settled': async (bench) => {
    const unsettled = await ended(bench, 9, { meta: { settles: true } })
    await ended(bench, 9, { meta: { settles: false } })

    assert.deepEqual(await prune(bench), [unsettled.id])
  },
}

export const pruneJobs: Verb = {
  verb: 'pruneJobs',
  cases,
  racing: {
    'passes over jobs that others have locked': async (bench) => {
      const jobs = [await ended(bench, 9), await ended(bench, 9)]
      await whileLocked(bench, jobs.slice(0, 1), async () => {
        assert.deepEqual(await prune(bench), ids(jobs.slice(0, 1)))
      })
    },
  },
}
