import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Job } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import { completed, ended, kinds, recorded, released, retryable, snoozed } from './ack-kinds.ts'
import { refuses } from './ack-refused.ts'
import { ack, assertFields, assertNear, draft, executing, fetch, producer, read, row, type Verb } from './bench.ts'
import { hostile } from './hostile.ts'

const accepts: Verb['cases'] = {
  'completes a job, and leaves everything else of it': async (bench) => {
    const job = await executing(bench, { args: { to: 'ann' }, meta: { kept: true }, tags: ['one'] })

    assert.equal(await ack(bench, completed(job)), true)
    const { state, completedAt, ...rest } = await read(bench, job)
    assert.equal(state, 'completed')
    assertNear(completedAt, Date.now(), 60_000)
    const { state: _, completedAt: __, ...before } = job
    assert.deepEqual(rest, before)
  },

  'merges meta into what is there': async (bench) => {
    const job = await executing(bench, { meta: { kept: { deep: 1 }, recorded: 'old' } })
    await ack(bench, recorded(job))

    assertFields(await read(bench, job), {
      state: 'completed',
      meta: { kept: { deep: 1 }, recorded: [1, 'two'] },
    })
  },

  'lets a failed job wait, and keeps its errors in order': async (bench) => {
    const first = await executing(bench)
    await ack(bench, { ...retryable(first), delay: 0, error: 'first' })
    await bench.engine.stageJobs({ limit: 10, queues: [] })
    const [second] = await fetch(bench)
    assert.ok(second)
    await ack(bench, { ...retryable(second), error: 'second' })

    const job = await read(bench, first)
    assertFields(job, { state: 'retryable', attempt: 2, completedAt: undefined, discardedAt: undefined })
    assertNear(job.scheduledAt, Date.now() + 90_000, 60_000)
    assert.deepEqual(
      job.errors.map(({ attempt, error }) => [attempt, error]),
      [
        [1, 'first'],
        [2, 'second'],
      ],
    )
    for (const { at } of job.errors) assertNear(at, Date.now(), 60_000)
  },

  'takes all times from a clock that rules': async (bench) => {
    const noon = new Date('2031-05-06T12:00:00.125Z')
    const engine = bench.at(manualClock(noon))
    const jobs = [await executing(bench), await executing(bench), await executing(bench), await executing(bench)]
    const [a, b, c, d] = jobs as [Job, Job, Job, Job]
    const acks = [completed(a), retryable(b), ended('cancelled')(c), ended('discarded')(d)]
    await engine.ackJobs(acks, { producers: [producer] })

    assertFields(await read(bench, a), { completedAt: noon })
    assertFields(await read(bench, b), {
      scheduledAt: new Date(noon.getTime() + 90_000),
      errors: [{ at: noon, attempt: 1, error: 'it broke' }],
    })
    assertFields(await read(bench, c), { cancelledAt: noon, discardedAt: undefined })
    assertFields(await read(bench, d), { discardedAt: noon, cancelledAt: undefined })
  },

  'lets a snoozed job wait, and gives the attempt back': async (bench) => {
    const job = await executing(bench, { meta: { kept: 1 }, maxAttempts: 1 })
    await ack(bench, snoozed(job))
    const after = await read(bench, job)

    assertFields(after, { state: 'scheduled', attempt: 0, maxAttempts: 1, errors: [], meta: { kept: 1, snoozed: 1 } })
    assertNear(after.scheduledAt, Date.now() + 60_000, 60_000)
  },

  'gives a job back, with its attempt and its place in the queue': async (bench) => {
    const job = await executing(bench)
    await ack(bench, released(job))

    assertFields(await read(bench, job), { state: 'available', attempt: 0, scheduledAt: job.scheduledAt, errors: [] })
  },

  'cancels and discards, with the reason': async (bench) => {
    for (const state of ['cancelled', 'discarded'] as const) {
      const job = await executing(bench)
      await ack(bench, ended(state)(job))
      const after = await read(bench, job)

      assertFields(after, { state, attempt: 1, completedAt: undefined })
      assert.equal(after.errors[0]?.error, `it was ${state}`)
    }
  },

  'keeps errors and meta whole, whatever characters they have': async (bench) => {
    for (const text of [...hostile, 'x'.repeat(16_384)]) {
      const job = await executing(bench)
      await ack(bench, { ...retryable(job), error: text, meta: { [text]: text } })
      const after = await read(bench, job)

      assert.equal(after.errors[0]?.error, text)
      assert.deepEqual(after.meta, { [text]: text })
    }
  },

  'writes a batch of every kind, each to its own job': async (bench) => {
    const names = Object.keys(kinds)
    const jobs = Array.from({ length: names.length * 100 }, (_, number) => draft({ args: { number } }))
    await bench.engine.insertJobs(jobs)
    const fetched = await fetch(bench, { limit: 10_000 })
    const acks = fetched.map((job) => (kinds[names[Number(job.args.number) % names.length] ?? ''] ?? completed)(job))
    const accepted = await bench.engine.ackJobs(acks, { producers: [producer] })

    assert.equal(accepted.size, jobs.length)
    const found = await bench.engine.listJobs({ limit: 10_000 })
    const state = new Map(found.map((job) => [job.id, job.state]))
    for (const { id, state: expected } of acks) assert.equal(state.get(id), expected)
  },

  'tells apart what it accepts from what it refuses': async (bench) => {
    const [good, other, bad] = [await executing(bench), await executing(bench), await executing(bench)]
    const accepted = [completed(good), retryable(other)]
    const refused = [
      { ...completed(bad), attempt: 2 },
      { ...retryable(other), attempt: 2 },
      retryable({ ...good, id: 2 ** 40 }),
    ]
    const acks = [...refused, ...accepted]

    assert.deepEqual(await bench.engine.ackJobs(acks, { producers: [producer] }), new Set(accepted))
  },

  'accepts what belongs to any of the producers': async (bench) => {
    const job = await executing(bench)

    assert.equal(await ack(bench, completed(job), [randomUUID(), producer]), true)
  },

  "is undone with the caller's transaction": async (bench) => {
    const job = await executing(bench)
    const before = await row(bench, job)
    for (const kind of Object.values(kinds)) {
      const work = bench.engine.transaction(async (on) => {
        assert.equal((await bench.engine.ackJobs([kind(job)], { on, producers: [producer] })).size, 1)
        throw new Error('undone')
      })

      await assert.rejects(work, /undone/)
      assert.equal(await row(bench, job), before)
    }
  },
}

export const ackJobs: Verb = {
  verb: 'ackJobs',
  cases: { ...accepts, ...refuses },
  racing: {
    'accepts one of many Acks at once': async (bench) => {
      for (let round = 0; round < 10; round += 1) {
        const job = await executing(bench)
        const acks = [completed(job), retryable(job), snoozed(job), ended('cancelled')(job)]
        const accepted = await Promise.all(acks.map((given) => ack(bench, given)))

        assert.equal(accepted.filter(Boolean).length, 1)
        const winner = acks[accepted.indexOf(true)]
        assertFields(await read(bench, job), { state: winner?.state })
        await bench.query(`DELETE FROM ${bench.jobs}`)
      }
    },

    'waits for whoever holds the row, and then looks again': async (bench) => {
      const job = await executing(bench)
      const writing = bench.database.transaction(async (other) => {
        await other.query({ name: '', text: `UPDATE ${bench.jobs} SET state = 'cancelled' WHERE id = ${job.id}` }, [])

        return { late: ack(bench, retryable(job)) }
      })
      const { late } = await writing

      assert.equal(await late, false)
      assertFields(await read(bench, job), { state: 'cancelled', errors: [] })
    },
  },
}
