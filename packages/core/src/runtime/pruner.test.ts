import { type TestStaffa, testStaffa, untilEvent } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { newJob, type PrunerSettings } from '../index.ts'

/** An instance whose only service is the pruner, with jobs that ended so many seconds ago. */
async function pruning(pruner: PrunerSettings, ended: readonly Ended[]): Promise<TestStaffa> {
  const staffa = await testStaffa({
    leader: { lease: { seconds: 5 } },
    pruner: { interval: { milliseconds: 20 }, ...pruner },
    onFinished: onTestFinished,
  })
  for (const { state = 'completed', ago, queue = 'default', worker = 'any', settles = false } of ended) {
    const { id } = await staffa.insert(newJob(worker, { ago }, { queue, ...(settles && { meta: { settles } }) }))
    await staffa.query(
      `UPDATE "${staffa.prefix}".oban_jobs SET state = $2::text::"${staffa.prefix}".oban_job_state,
         ${state}_at = timezone('UTC', now()) - $3::text::float8 * interval '1 second' WHERE id = $1`,
      [id, state, ago],
    )
  }

  return staffa
}

interface Ended {
  readonly state?: 'completed' | 'cancelled' | 'discarded'
  readonly ago: number
  readonly queue?: string
  readonly worker?: string
  readonly settles?: boolean
}

/** What is left after a tick of a leader, by how long ago it ended. */
async function left(staffa: TestStaffa): Promise<readonly unknown[]> {
  const led = untilEvent('leader.election', ({ leader, node }) => leader && node === staffa.node)
  await staffa.start()
  await led
  const ticks = () =>
    untilEvent('service.stop', ({ service, node }) => service === 'pruner' && node === staffa.node, { timeout: 20_000 })
  await ticks()
  await ticks()
  const jobs = await staffa.jobs.list({ limit: 1_000 })

  return jobs.map(({ args }) => args.ago).reverse()
}

test('deletes what ended longer ago than its age, in every final state, and counts from the end', async () => {
  const staffa = await pruning({ age: { seconds: 60 } }, [
    { ago: 30 },
    { ago: 90 },
    { ago: 31, state: 'cancelled' },
    { ago: 91, state: 'cancelled' },
    { ago: 32, state: 'discarded' },
    { ago: 92, state: 'discarded' },
  ])

  expect(await left(staffa)).toEqual([30, 31, 32])
})

test('deletes nothing for its age alone when jobs are kept for ever', async () => {
  expect(await left(await pruning({ age: 'infinity' }, [{ ago: 1_000_000 }, { ago: 2 }]))).toEqual([1_000_000, 2])
})

test('keeps the newest of a rule with a length, whatever their age', async () => {
  const rules = [{ queues: ['few'], length: 2 }]
  const ended = [5_000_000, 4_000_000, 3_000_000, 7].map((ago) => ({ ago, queue: ago === 7 ? 'other' : 'few' }))

  expect(await left(await pruning({ age: { days: 1 }, rules }, ended))).toEqual([4_000_000, 3_000_000, 7])
})

test('deletes what exceeds either bound of a rule with both', async () => {
  const rules = [{ age: { seconds: 100 }, length: 2 }]

  expect(await left(await pruning({ rules }, [{ ago: 500 }, { ago: 30 }, { ago: 20 }, { ago: 10 }]))).toEqual([20, 10])
  expect(await left(await pruning({ rules }, [{ ago: 500 }, { ago: 10 }]))).toEqual([10])
})

test('the first rule that a job fits is the one that counts', async () => {
  const rules = [
    { workers: ['audit'], age: 'infinity' as const },
    { states: ['discarded' as const], age: { seconds: 500 } },
  ]
  const staffa = await pruning({ age: { seconds: 60 }, rules }, [
    { ago: 1_000, worker: 'audit' },
    { ago: 1_001, worker: 'audit', state: 'discarded' },
    { ago: 400, state: 'discarded' },
    { ago: 600, state: 'discarded' },
    { ago: 401 },
  ])

  expect(await left(staffa)).toEqual([1_000, 1_001, 400])
})

test('passes over what is not settled', async () => {
  const ended = [{ ago: 100 }, { ago: 101, settles: true }]

  expect(await left(await pruning({ age: { seconds: 60 } }, ended))).toEqual([101])
})
