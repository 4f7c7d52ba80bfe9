import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Job, jobStates } from '@staffa/core'
import { kinds, released, snoozed } from './ack-kinds.ts'
import { ack, assertFields, type Bench, executing, fetch, producer, read, row, set, type Verb } from './bench.ts'

interface Belonging {
  readonly attempt?: number
  readonly producers?: readonly string[]
}

/** Asserts that an Ack of every kind is refused, and that nothing of the job changes. */
async function assertRefused(
  bench: Bench,
  job: Job,
  { attempt, producers = [producer] }: Belonging = {},
): Promise<void> {
  const before = await row(bench, job)
  for (const [name, kind] of Object.entries(kinds)) {
    assert.equal(
      await ack(bench, { ...kind(job), attempt: attempt ?? job.attempt }, producers),
      false,
      `an Ack that is ${name} is refused`,
    )
    assert.equal(await row(bench, job), before, `an Ack that is ${name} changes nothing`)
  }
}

/** What is not, or no longer, an attempt's to write. */
export const refuses: Verb['cases'] = {
  'refuses the Ack of another attempt': async (bench) => {
    const job = await executing(bench)

    await assertRefused(bench, job, { attempt: 2 })
  },

  'refuses the Ack of another producer': async (bench) => {
    const job = await executing(bench)

    await assertRefused(bench, job, { producers: [randomUUID()] })
    await assertRefused(bench, job, { producers: [] })
  },

  'refuses the Ack of a job that no longer executes': async (bench) => {
    for (const state of jobStates.filter((state) => state !== 'executing')) {
      const job = await executing(bench)
      await set(bench, job, { state: `'${state}'` })

      await assertRefused(bench, job)
      await set(bench, job, { state: `'completed'` })
    }
  },

  'refuses the second of two Acks for one attempt': async (bench) => {
    for (const kind of Object.values(kinds)) {
      const job = await executing(bench)
      assert.equal(await ack(bench, kind(job)), true)

      await assertRefused(bench, job)
      await set(bench, job, { state: `'completed'` })
    }
  },

  'refuses the second Ack that gives an attempt back, also when the next of that number has begun': async (bench) => {
    for (const kind of [released, snoozed]) {
      const job = await executing(bench)
      assert.equal(await ack(bench, kind(job)), true)
      await set(bench, job, { state: `'available'`, scheduled_at: `scheduled_at - interval '1 hour'` })
      await bench.query('SELECT pg_sleep(0.002)') // a claim is known by its millisecond
      const [again] = await fetch(bench)
      assert.deepEqual([again?.id, again?.attempt], [job.id, job.attempt])

      assert.equal(await ack(bench, kind(job)), false)
      assertFields(await read(bench, job), { state: 'executing', attempt: job.attempt })
      assert.equal(await ack(bench, kind(again as Job)), true)
      await set(bench, job, { state: `'completed'` })
    }
  },

  'refuses the Ack of a job that was deleted': async (bench) => {
    const job = await executing(bench)
    await bench.query(`DELETE FROM ${bench.jobs}`)

    await assertRefused(bench, job)
  },
}
