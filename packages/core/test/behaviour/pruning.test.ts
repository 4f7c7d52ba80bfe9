import { manualClock, type TestStaffa, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { finalStates, type JobState, jobStates, newJob, type PrunerSettings } from '../../src/index.ts'
import { instance } from './kit.ts'

const interval = { milliseconds: 30 }
const columns = { completed: 'completed_at', cancelled: 'cancelled_at', discarded: 'discarded_at' } as const

/** Lets a node that leads prune, at least one whole time; gives how many it has pruned. */
async function prune(staffa: TestStaffa): Promise<number> {
  const isPruner = ({ service, node }: { service: string; node: string }) =>
    service === 'pruner' && node === staffa.node
  const leads = untilEvent('leader.election', ({ node }) => node === staffa.node)
  let pruned = 0
  const ticks = (async () => {
    await leads
    for (let whole = 0; whole < 2; whole += 1) pruned += Number((await untilEvent('service.stop', isPruner)).result)
  })()
  await staffa.start()
  await ticks

  return pruned
}

describe('pruning', () => {
  const clock = manualClock(new Date('2030-01-01T00:00:00Z'))
  const make = (pruner: PrunerSettings | false) =>
    instance({ clock, pruner: pruner && { interval, ...pruner }, queues: {} })

  interface Ended {
    readonly state: JobState
    readonly age: number
    readonly queue?: string
    readonly worker?: string
    readonly meta?: object
  }

  /** Inserts jobs that ended so many seconds ago. */
  async function ended(staffa: TestStaffa, jobs: readonly Ended[]): Promise<void> {
    const described = jobs.map(({ state, age, queue, worker = 'send', meta }, n) => ({
      ...newJob(worker, { n, state, age }, { queue, meta: meta as never, scheduleIn: { days: -9 } }),
      state,
    }))
    const table = `"${staffa.prefix}".oban_jobs`
    for (const { id, args, state } of await staffa.insertAll(described)) {
      const column = columns[state as keyof typeof columns] ?? 'attempted_at'
      const instant = new Date(clock.now().getTime() - Number(args.age) * 1_000).toISOString()
      await staffa.query(`UPDATE ${table} SET ${column} = $2::timestamptz AT TIME ZONE 'UTC' WHERE id = $1`, [
        id,
        instant,
      ])
    }
  }

  const left = async (staffa: TestStaffa): Promise<readonly unknown[]> =>
    (await staffa.jobs.list()).map(({ args }) => args.n).toReversed()

  test('takes away what ended longer ago than the age, and nothing that has not ended', async () => {
    const staffa = await make({ age: 60 })
    const jobs = jobStates.flatMap((state) => [59, 60, 61].map((age) => ({ state, age })))
    await ended(staffa, jobs)

    expect(await prune(staffa)).toBe(3)
    const gone = (n: number) => finalStates.includes(jobs[n]?.state as never) && jobs[n]?.age === 61
    expect(await left(staffa)).toEqual(jobs.flatMap((_job, n) => (gone(n) ? [] : [n])))
  })

  test('keeps jobs for a day when nothing else is said', async () => {
    const staffa = await make({})
    await ended(staffa, [
      { state: 'completed', age: 86_399 },
      { state: 'completed', age: 86_401 },
    ])

    expect(await prune(staffa)).toBe(1)
  })

  test('never ends for what is kept for ever', async () => {
    const staffa = await make({ age: 'infinity' })
    await ended(staffa, [{ state: 'completed', age: 1e8 }])

    expect(await prune(staffa)).toBe(0)
  })

  test('follows the first rule that a job fits: by state, queue and worker', async () => {
    const rules = [
      { states: ['discarded'], age: 'infinity' },
      { queues: ['mail'], workers: ['receipt'], age: 300 },
      { queues: ['mail', 'push'], age: 30 },
      { workers: ['receipt'], states: ['completed'], age: 200 },
    ] as const
    const staffa = await make({ age: 60, rules })
    const completed = { state: 'completed' } as const
    await ended(staffa, [
      { state: 'discarded', age: 1e6, queue: 'mail' }, // 0: kept by the first rule
      { ...completed, age: 299, queue: 'mail', worker: 'receipt' }, // 1: kept by the second, though the third is shorter
      { ...completed, age: 301, queue: 'mail', worker: 'receipt' },
      { ...completed, age: 31, queue: 'mail' },
      { ...completed, age: 29, queue: 'push' }, // 4
      { ...completed, age: 199, worker: 'receipt' }, // 5
      { state: 'cancelled', age: 61, worker: 'receipt' },
      { state: 'cancelled', age: 59, worker: 'receipt' }, // 7
      { ...completed, age: 61 },
      { ...completed, age: 59 }, // 9
    ])

    expect(await prune(staffa)).toBe(4)
    expect(await left(staffa)).toEqual([0, 1, 4, 5, 7, 9])
  })

  test('keeps as many as a rule says, the newest of each state', async () => {
    const staffa = await make({ age: 60, rules: [{ queues: ['mail'], length: 2 }] })
    const ages = [500, 400, 300]
    await ended(staffa, [
      ...ages.map((age) => ({ state: 'completed' as const, age, queue: 'mail' })),
      ...ages.map((age) => ({ state: 'discarded' as const, age, queue: 'mail' })),
      { state: 'completed', age: 500 },
    ])

    expect(await prune(staffa)).toBe(3)
    expect(await left(staffa)).toEqual([1, 2, 4, 5])
  })

  test('with an age and a length keeps no more than either allows', async () => {
    const staffa = await make({ rules: [{ age: 350, length: 2 }] })
    await ended(
      staffa,
      [500, 400, 300, 200, 100].map((age) => ({ state: 'completed' as const, age })),
    )
    expect(await prune(staffa)).toBe(3)
    expect(await left(staffa)).toEqual([3, 4])

    const other = await make({ rules: [{ age: 350, length: 4 }] })
    await ended(
      other,
      [500, 400, 300].map((age) => ({ state: 'completed' as const, age })),
    )
    expect(await prune(other)).toBe(2)
    expect(await left(other)).toEqual([2])
  })

  test('goes on until nothing is left to take, in as many statements as the limit makes it', async () => {
    const staffa = await make({ age: 60, limit: 3, rules: [{ queues: ['mail'], length: 1 }] })
    await ended(
      staffa,
      Array.from({ length: 20 }, (_n, n) => ({
        state: 'completed' as const,
        age: 100 + n,
        ...(n % 2 && { queue: 'mail' }),
      })),
    )

    expect(await prune(staffa)).toBe(19)
    expect(await left(staffa)).toEqual([1])
  })

  test('passes over what is not settled', async () => {
    const staffa = await make({ age: 60 })
    await ended(staffa, [
      { state: 'completed', age: 100, meta: { settles: true } },
      { state: 'completed', age: 100, meta: { settles: false } },
    ])

    expect(await prune(staffa)).toBe(1)
    expect(await left(staffa)).toEqual([0])
  })
})

test('a node that does not lead prunes nothing, and one that is told not to does not even look', async () => {
  const staffa = await instance({ pruner: { interval, age: 1 }, leader: false, node: 'follows', start: true })
  await staffa.insert({ ...newJob('send', {}), state: 'completed' })
  await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET completed_at = '2020-01-01'`)
  const ticks = await untilEvent('service.stop', ({ service, node }) => service === 'pruner' && node === 'follows')

  expect(ticks.result).toBe(0)
  expect(await staffa.jobs.count()).toBe(1)
})
