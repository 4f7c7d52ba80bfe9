import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { manualClock } from '../../manual-clock.ts'
import {
  ack,
  assertFields,
  type Bench,
  executing,
  fetch,
  ids,
  insert,
  insertOne,
  producer,
  read,
  type Verb,
  whileLocked,
} from './bench.ts'

const noon = new Date('2031-05-06T12:00:00Z')
const rules = { lease: 60_000, age: undefined, missing: [], limit: 1_000 }
const beat = { uuid: producer, name: 'Oban', node: 'node-1', queue: 'default', meta: { staffa: true } }

/** An engine on a clock of its own, with a producer that has been heard of and a job that it runs. */
async function orphanage(bench: Bench, given = {}) {
  const clock = manualClock(noon)
  const engine = bench.at(clock)
  await engine.beatProducers([beat])
  await insertOne({ engine }, given)
  const [job] = await fetch({ engine })
  assert.ok(job)

  return { clock, engine, job }
}

export const rescueJobs: Verb = {
  verb: 'rescueJobs and missingProducers',
  cases: {
    'takes back the jobs of a producer that was not heard of for a lease': async (bench) => {
      const { clock, engine, job } = await orphanage(bench)
      clock.advance({ milliseconds: 60_000 })
      assert.deepEqual(await engine.rescueJobs(rules), [])
      clock.advance({ milliseconds: 1 })
      const [rescued] = await engine.rescueJobs(rules)

      assertFields(rescued ?? {}, { before: 'executing' })
      assertFields(await read(bench, job), { state: 'available', attempt: 1, errors: [], meta: { rescued: 1 } })
      assert.deepEqual(await bench.query(`SELECT uuid FROM ${table(bench)}`), [], 'the producer is buried')
      assert.deepEqual(await engine.rescueJobs(rules), [])
    },

    'refuses what a buried producer still has to say': async (bench) => {
      const { clock, engine, job } = await orphanage(bench)
      clock.advance({ minutes: 2 })
      await engine.rescueJobs(rules)

      assert.equal(await ack(bench, { id: job.id, attempt: 1, state: 'completed' }), false)
    },

    'leaves the jobs of a producer that beats': async (bench) => {
      const { clock, engine, job } = await orphanage(bench)
      for (let minute = 0; minute < 5; minute += 1) {
        clock.advance({ seconds: 59 })
        await engine.beatProducers([beat])
        assert.deepEqual(await engine.rescueJobs(rules), [])
      }
      assert.equal((await read(bench, job)).state, 'executing')
    },

    'discards what has no attempts left, and says why': async (bench) => {
      const { clock, engine, job } = await orphanage(bench, { maxAttempts: 1 })
      clock.advance({ minutes: 2 })
      await engine.rescueJobs(rules)
      const after = await read(bench, job)

      assertFields(after, { state: 'discarded', attempt: 1, discardedAt: clock.now() })
      assertFields(after.errors[0] ?? {}, { attempt: 1, at: clock.now() })
      assert.match(after.errors[0]?.error ?? '', /gone/)
    },

    'buries no producer of a stranger': async (bench) => {
      const clock = manualClock(noon)
      const engine = bench.at(clock)
      await engine.beatProducers([{ ...beat, meta: {} }])
      await insertOne({ engine })
      await fetch({ engine })
      clock.advance({ days: 1 })

      assert.deepEqual(await engine.rescueJobs(rules), [])
      assert.equal((await bench.query(`SELECT uuid FROM ${table(bench)}`)).length, 1)
    },

    'takes back what has been executing for too long, whoever runs it': async (bench) => {
      const { clock, engine, job } = await orphanage(bench)
      clock.advance({ seconds: 31 })
      await insertOne({ engine })
      const [young] = await fetch({ engine })
      const rescued = await engine.rescueJobs({ ...rules, age: 30_000 })

      assert.deepEqual(
        rescued.map((change) => change.job.id),
        [job.id],
      )
      assert.equal((await read(bench, young as never)).state, 'executing')
    },

    'takes back the jobs of producers that are known to be missing': async (bench) => {
      const job = await executing(bench)
      assert.deepEqual(await bench.engine.rescueJobs({ ...rules, missing: [randomUUID()] }), [])
      await bench.engine.rescueJobs({ ...rules, missing: [producer] })

      assert.equal((await read(bench, job)).state, 'available')
    },

    'counts how often a job was rescued, and leaves the rest to a settler when that is its end': async (bench) => {
      const meta = { rescued: 2, settles: true, kept: 1 }
      const again = await executing(bench, { meta })
      const last = await executing(bench, { meta, maxAttempts: 1 })
      await bench.engine.rescueJobs({ ...rules, missing: [producer] })

      assert.deepEqual((await read(bench, again)).meta, { ...meta, rescued: 3 })
      assert.deepEqual((await read(bench, last)).meta, { ...meta, rescued: 3, ended_by: 'rescue' })
    },

    'takes no more than the limit': async (bench) => {
      await insert(bench, {}, {}, {})
      await fetch(bench)

      assert.equal((await bench.engine.rescueJobs({ ...rules, missing: [producer], limit: 2 })).length, 2)
      assert.equal((await bench.engine.rescueJobs({ ...rules, missing: [producer], limit: 2 })).length, 1)
    },

    'leaves the jobs of a producer that was missing and has been heard of since': async (bench) => {
      await insert(bench, {})
      await fetch(bench)
      await bench.engine.beatProducers([beat])

      assert.deepEqual(await bench.engine.rescueJobs({ ...rules, missing: [producer] }), [])
    },

    'finds producers of ours that run jobs though nobody has heard of them': async (bench) => {
      const ours = '0190a0b0-0000-8000-8000-000000000001'
      const alive = '0190a0b0-0000-8000-8000-000000000002'
      const theirs = randomUUID()
      await bench.engine.beatProducers([{ ...beat, uuid: alive }])
      await insert(bench, {}, {}, {})
      for (const uuid of [ours, alive, theirs]) await fetch(bench, { producer: uuid, limit: 1 })

      assert.deepEqual(await bench.engine.missingProducers(), [ours])
    },
  },
  racing: {
    'passes over jobs that others have locked': async (bench) => {
      await insert(bench, {}, {})
      const jobs = await fetch(bench)
      await whileLocked(bench, jobs.slice(0, 1), async () => {
        const rescued = await bench.engine.rescueJobs({ ...rules, missing: [producer] })

        assert.deepEqual(
          rescued.map((change) => change.job.id),
          ids(jobs.slice(1)),
        )
      })
    },
  },
}

function table({ jobs }: Bench): string {
  return jobs.replace(/oban_jobs$/, 'oban_producers')
}
