import assert from 'node:assert/strict'
import { type JobState, jobStates } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import {
  ack,
  assertFields,
  type Bench,
  executing,
  ids,
  insert,
  insertOne,
  read,
  row,
  set,
  states,
  type Verb,
} from './bench.ts'

const noon = new Date('2031-05-06T12:00:00Z')

/** A job in each state. */
async function oneOfEach(bench: Bench): Promise<ReadonlyMap<JobState, { readonly id: number }>> {
  const jobs = new Map<JobState, { readonly id: number }>()
  for (const state of jobStates) {
    const job = await insertOne(bench)
    const ended = ['completed', 'cancelled', 'discarded'].includes(state)
    await set(bench, job, { state: `'${state}'`, ...(ended && { [`${state}_at`]: `'2020-01-01'` }) })
    jobs.set(state, job)
  }

  return jobs
}

/** Does something to all jobs, one in each state; asserts which of them it changes. */
async function assertChanges(
  bench: Bench,
  changed: readonly JobState[],
  work: () => Promise<readonly { readonly before: JobState; readonly job: { readonly id: number } }[]>,
): Promise<void> {
  const jobs = await oneOfEach(bench)
  const others = [...jobs].filter(([state]) => !changed.includes(state))
  const before = await Promise.all(others.map(([, job]) => row(bench, job)))
  const told = await work()

  assert.deepEqual(
    told.map((change) => [change.before, change.job.id]).toSorted(),
    changed.map((state) => [state, jobs.get(state)?.id]).toSorted(),
    'tells what it has changed, and what it was before',
  )
  assert.deepEqual(await Promise.all(others.map(([, job]) => row(bench, job))), before, 'leaves the others as they are')
}

export const cancelJobs: Verb = {
  verb: 'cancelJobs',
  cases: {
    'cancels jobs that have not ended, and leaves those that have': async (bench) => {
      const open = ['suspended', 'scheduled', 'available', 'executing', 'retryable'] as const
      await assertChanges(bench, open, () => bench.at(manualClock(noon)).cancelJobs({}))
      const cancelled = (await bench.engine.listJobs({ state: 'cancelled' })).filter(
        ({ cancelledAt }) => cancelledAt?.getTime() === noon.getTime(),
      )

      assert.equal(cancelled.length, open.length)
    },

    'cancels what fits the filter alone': async (bench) => {
      const jobs = await insert(bench, { queue: 'a' }, { queue: 'b' }, { queue: 'a', priority: 3 })
      await bench.engine.cancelJobs({ queue: 'a', priority: 0 })

      assert.deepEqual(await states(bench, jobs), ['cancelled', 'available', 'available'])
    },

    'takes a running job from its attempt': async (bench) => {
      const job = await executing(bench)
      await bench.engine.cancelJobs({ id: job.id })

      assert.equal(await ack(bench, { id: job.id, attempt: 1, state: 'completed' }), false)
      assertFields(await read(bench, job), { state: 'cancelled', completedAt: undefined })
    },

    'leaves to a settler what has something to settle': async (bench) => {
      const [settles, plain] = await insert(bench, { meta: { settles: true, kept: 1 } }, { meta: { kept: 1 } })
      await bench.engine.cancelJobs({})

      assert.deepEqual((await read(bench, settles as never)).meta, { settles: true, kept: 1, ended_by: 'cancel' })
      assert.deepEqual((await read(bench, plain as never)).meta, { kept: 1 })
    },

    "is undone with the caller's transaction": async (bench) => {
      const job = await insertOne(bench)
      const work = bench.engine.transaction(async (on) => {
        assert.equal((await bench.engine.cancelJobs({}, on)).length, 1)
        throw new Error('undone')
      })

      await assert.rejects(work, /undone/)
      assert.equal((await read(bench, job)).state, 'available')
    },
  },
}

export const retryJobs: Verb = {
  verb: 'retryJobs',
  cases: {
    'makes jobs available at once, and leaves those that are or that run': async (bench) => {
      const others = ['suspended', 'scheduled', 'retryable', 'completed', 'cancelled', 'discarded'] as const
      await assertChanges(bench, others, () => bench.at(manualClock(noon)).retryJobs({}))
      const retried = (await bench.engine.listJobs({ state: 'available' })).filter(
        ({ scheduledAt }) => scheduledAt.getTime() === noon.getTime(),
      )

      assert.equal(retried.length, others.length)
      for (const job of retried) {
        assertFields(job, { completedAt: undefined, cancelledAt: undefined, discardedAt: undefined })
      }
    },

    'gives an exhausted job one more attempt, and others none': async (bench) => {
      const [spent, fresh] = await insert(bench, { maxAttempts: 2 }, { maxAttempts: 2 })
      assert.ok(spent && fresh)
      await set(bench, spent, { state: `'discarded'`, attempt: 2 })
      await set(bench, fresh, { state: `'cancelled'`, attempt: 1 })
      await bench.engine.retryJobs({ id: [spent.id, fresh.id] })

      assertFields(await read(bench, spent), { state: 'available', attempt: 2, maxAttempts: 3 })
      assertFields(await read(bench, fresh), { state: 'available', attempt: 1, maxAttempts: 2 })
    },

    'lets a job that was settled settle again': async (bench) => {
      const job = await insertOne(bench, { meta: { settles: false, ended_by: 'cancel', kept: 1 } })
      await set(bench, job, { state: `'cancelled'` })
      await bench.engine.retryJobs({})

      assert.deepEqual((await read(bench, job)).meta, { settles: true, kept: 1 })
    },
  },
}

export const deleteJobs: Verb = {
  verb: 'deleteJobs and eraseJobs',
  cases: {
    'deletes jobs that do not run': async (bench) => {
      const jobs = await oneOfEach(bench)
      const { deleted, pending } = await bench.engine.transaction((on) => bench.engine.deleteJobs({}, on))

      assert.deepEqual(pending, [])
      assert.equal(deleted.length, jobs.size - 1)
      assert.deepEqual(ids(await bench.engine.listJobs({})), [jobs.get('executing')?.id])
    },

    'deletes what fits the filter alone': async (bench) => {
      const [one, two] = await insert(bench, { tags: ['old'] }, {})
      const { deleted } = await bench.engine.transaction((on) => bench.engine.deleteJobs({ tags: ['old'] }, on))

      assert.deepEqual(ids(deleted), [one?.id])
      assert.deepEqual(ids(await bench.engine.listJobs({})), [two?.id])
    },

    'ends what has something to settle, and erases it when told': async (bench) => {
      const job = await insertOne(bench, { meta: { settles: true } })
      const { deleted, pending } = await bench.engine.transaction((on) => bench.engine.deleteJobs({}, on))

      assert.deepEqual([deleted, ids(pending)], [[], [job.id]])
      assertFields(await read(bench, job), { state: 'cancelled', meta: { settles: true, ended_by: 'delete' } })
      await bench.engine.transaction((on) => bench.engine.eraseJobs(pending, on))
      assert.equal(await bench.engine.getJob(job.id), undefined)
    },

    'keeps how a job ended that is yet to be settled': async (bench) => {
      for (const state of ['completed', 'discarded', 'cancelled'] as const) {
        const job = await insertOne(bench, { meta: { settles: true } })
        await set(bench, job, { state: `'${state}'` })
        await bench.engine.transaction((on) => bench.engine.deleteJobs({ id: job.id }, on))

        assert.equal((await read(bench, job)).state, state)
      }
    },
  },
}

export const updateJobs: Verb = {
  verb: 'updateJobs',
  cases: {
    'changes the fields that are given, and no others': async (bench) => {
      const changes = {
        args: { new: true },
        meta: { new: true },
        tags: ['new'],
        queue: 'new',
        worker: 'new',
        priority: 5,
        maxAttempts: 3,
      }
      const old = { args: { old: 1 }, meta: { old: 1 }, tags: ['old'] }
      for (const [name, value] of Object.entries(changes)) {
        const job = await insertOne(bench, old)
        const [updated] = await bench.engine.updateJobs({ id: job.id }, { [name]: value })
        const { conflict: _, ...before } = job

        assert.deepEqual(updated, { ...before, [name]: value })
        assert.deepEqual(await read(bench, job), updated)
      }
    },

    'lets a job that waits wait for a new schedule, and no other': async (bench) => {
      const waits = ['scheduled', 'available', 'retryable']
      for (const [state, job] of await oneOfEach(bench)) {
        await bench.engine.updateJobs({ id: job.id }, { scheduledAt: noon })

        assertFields(await read(bench, job), { scheduledAt: noon, state: waits.includes(state) ? 'scheduled' : state })
      }
    },

    'keeps the marks by which the engine knows a job': async (bench) => {
      const marks = { settles: true, ended_by: 'cancel', fingerprint: 'abc' }
      const job = await insertOne(bench, { meta: { ...marks, old: 1 } })
      await bench.engine.updateJobs({}, { meta: { new: 1, settles: false } })

      assert.deepEqual((await read(bench, job)).meta, { ...marks, new: 1 })
    },

    'never leaves a job with fewer attempts than it has had': async (bench) => {
      const job = await insertOne(bench)
      await set(bench, job, { attempt: 4 })
      await bench.engine.updateJobs({}, { maxAttempts: 1 })

      assertFields(await read(bench, job), { attempt: 4, maxAttempts: 4 })
    },

    'changes every job that fits, and tells which': async (bench) => {
      const jobs = await insert(bench, { queue: 'a' }, { queue: 'a' }, { queue: 'b' })
      const updated = await bench.engine.updateJobs({ queue: 'a' }, { queue: 'b' })

      assert.deepEqual(ids(updated).toSorted(), ids(jobs.slice(0, 2)).toSorted())
      assert.equal(await bench.engine.countJobs({ queue: 'b' }), 3)
    },
  },
}
