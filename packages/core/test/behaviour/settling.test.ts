import { settled, type TestOptions, type TestStaffa } from '@staffa/testing'
import { describe, expect, test, vi } from 'vitest'
import { cancel, discard, type JobOptions, newJob, type Worker, worker } from '../../src/index.ts'
import { definePlugin, type SettledJob, type Transaction } from '../../src/plugin.ts'
import { events, gate, instance, quiet, sibling, still } from './kit.ts'

const everySoOften = { milliseconds: 40 }
const ended = { states: ['completed', 'cancelled', 'discarded'] } as const

interface Entry {
  readonly job: number
  readonly state: string
  readonly by: string
}

interface Bench {
  readonly staffa: TestStaffa
  readonly worker: Worker
  /** What was settled, by what settling wrote in its transaction. */
  readonly ledger: () => Promise<readonly Entry[]>
  readonly insert: (options?: JobOptions) => Promise<number>
}

type Act = (staffa: TestStaffa) => unknown

describe('settling', () => {
  /** A node whose worker writes into a ledger what is settled. */
  async function bench(
    process: Act = () => {},
    trouble: (jobs: readonly SettledJob[]) => void = () => {},
  ): Promise<Bench> {
    let made: TestStaffa | undefined
    const ledger = () => `"${made?.prefix}".ledger`
    const settling = definePlugin({
      plugin: 'ledger',
      settle: async (jobs, transaction) => {
        for (const { job, state, by } of jobs) await write(transaction, [job.id, state, by])
        trouble(jobs)
      },
    })
    const write = (transaction: Transaction, entry: unknown[]) =>
      transaction.query(`INSERT INTO ${ledger()} VALUES ($1, $2, $3)`, entry)
    const settles = worker({ name: 'settles', maxAttempts: 1 })
      .use(settling)
      .process(() => process(made as TestStaffa))
    const options: TestOptions = { leader: false, queues: { default: 2 }, node: 'settles', workers: [settles] }
    const staffa = await instance({ stager: { interval: everySoOften }, ...options })
    made = staffa
    await staffa.query(`CREATE TABLE ${ledger()} (job int, state text, by text)`)

    return {
      staffa,
      worker: settles,
      ledger: () => staffa.query<Entry>(`SELECT * FROM ${ledger()} ORDER BY job, state`),
      insert: async (options) => (await staffa.insert(settles.new({}, options))).id,
    }
  }

  test.each<[string, string, Act]>([
    ['completed', 'completed', () => 'fine'],
    ['cancelled by itself', 'cancelled', () => cancel()],
    ['discarded by itself', 'discarded', () => discard()],
    ['exhausted', 'discarded', () => Promise.reject(new Error('no'))],
  ])('is done once, in the transaction that ends the attempt: %s', async (_name, state, process) => {
    const { staffa, ledger, insert } = await bench(process)
    const id = await insert()
    expect((await staffa.jobs.get(id))?.meta).toEqual({ settles: true })
    await staffa.start()
    const job = await settled(staffa, id, ended)
    expect(await ledger()).toEqual([{ job: id, state, by: 'attempt' }])

    expect(job.meta).toEqual({ settles: false })
    await twoTicks(staffa)
    expect(await ledger()).toHaveLength(1)
  })

  test('waits while the job has attempts left, sleeps or is given back', async () => {
    const { staffa, ledger, insert } = await bench(() => Promise.reject(new Error('again')))
    const id = await insert({ maxAttempts: 2 })
    await staffa.drain({ queue: 'default' })
    expect(await ledger()).toEqual([])
    await staffa.drain({ queue: 'default', scheduled: true })

    expect(await ledger()).toEqual([{ job: id, state: 'discarded', by: 'attempt' }])
  })

  test('is done at once by who cancels or deletes and knows the worker', async () => {
    const { staffa, ledger, insert } = await bench()
    const [cancelled, deleted, both] = [await insert(), await insert(), await insert()]
    await staffa.jobs.cancel(cancelled)
    expect(await ledger()).toEqual([{ job: cancelled, state: 'cancelled', by: 'cancel' }])
    await staffa.jobs.delete({ id: [deleted] })
    await staffa.jobs.cancel(both)
    await staffa.jobs.delete(both)

    expect(await ledger()).toEqual([
      { job: cancelled, state: 'cancelled', by: 'cancel' },
      { job: deleted, state: 'deleted', by: 'delete' },
      { job: both, state: 'cancelled', by: 'cancel' },
    ])
    expect((await staffa.jobs.list()).map(({ id }) => id)).toEqual([cancelled])
  })

  test('is done for a job that is cancelled while it runs, and not again when its function returns', async () => {
    const doors = gate()
    const { staffa, ledger, insert } = await bench(() => doors.pass({ id: 1 } as never))
    await staffa.start()
    const id = await insert()
    await doors.reached(1)
    await staffa.jobs.cancel(id)
    doors.open()
    await expect.poll(() => staffa.queues.check('default')?.running).toEqual([])
    await twoTicks(staffa)

    expect(await ledger()).toEqual([{ job: id, state: 'cancelled', by: 'cancel' }])
  })

  test('is left to a node that knows the worker, which is told', async () => {
    const { staffa, ledger, insert } = await bench()
    const [cancelled, deleted] = [await insert({ scheduleIn: 600 }), await insert({ scheduleIn: 600 })]
    const program = await sibling(staffa, still)
    await program.jobs.cancel(cancelled)
    await program.jobs.delete(deleted)
    expect(await ledger()).toEqual([])
    expect(await program.jobs.list()).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }])
    await staffa.start()
    await vi.waitFor(async () => expect(await ledger()).toHaveLength(2))

    expect(await ledger()).toEqual([
      { job: cancelled, state: 'cancelled', by: 'cancel' },
      { job: deleted, state: 'deleted', by: 'delete' },
    ])
    expect((await staffa.jobs.list()).map(({ id }) => id)).toEqual([cancelled])
  })

  test('of many jobs at once does not wait for as many ticks', async () => {
    const { staffa, worker, ledger } = await bench()
    await staffa.insertAll(Array.from({ length: 350 }, () => worker.new({}, { scheduleIn: 600 })))
    await (await sibling(staffa, still)).jobs.cancel({ worker: 'settles' })
    const rarely = await sibling(staffa, {
      ...still,
      workers: [worker],
      stager: { interval: { minutes: 5 } },
      start: true,
    })
    await vi.waitFor(async () => expect(await ledger()).toHaveLength(350), { timeout: 20_000 })

    expect(await rarely.jobs.count({ meta: { settles: true } })).toBe(0)
  })

  test('is done for what a fetch finds without attempts', async () => {
    const { staffa, ledger, insert } = await bench()
    const id = await insert()
    await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET attempt = max_attempts`)
    await staffa.start()
    await vi.waitFor(async () => expect(await ledger()).toEqual([{ job: id, state: 'discarded', by: 'fetch' }]))
  })

  test('tells what ended the job, not what happened to it before', async () => {
    const { staffa, ledger, insert } = await bench()
    const id = await insert({ maxAttempts: 2 })
    const uuid = '0a1b2c3d-0000-8000-8000-000000000001'
    const claim = `state = 'executing', attempt = 1, attempted_at = '2020-01-01', attempted_by = '{gone,${uuid}}'`
    await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET ${claim}`)
    const rescuer = { interval: everySoOften, age: { days: 1 } }
    const other = await sibling(staffa, { rescuer, start: true, node: 'rescues' })
    await settled(other, id, { states: ['available'] })
    await staffa.drain({ queue: 'default' })

    expect(await ledger()).toEqual([{ job: id, state: 'completed', by: 'attempt' }])
  })

  test('happens again when the job is retried and ends again', async () => {
    const { staffa, ledger, insert } = await bench()
    const id = await insert()
    await staffa.jobs.cancel(id)
    expect((await staffa.jobs.retry(id))?.meta).toEqual({ settles: true })
    await staffa.drain({ queue: 'default' })

    expect(await ledger()).toEqual([
      { job: id, state: 'cancelled', by: 'cancel' },
      { job: id, state: 'completed', by: 'attempt' },
    ])
  })

  test('sees the job as it was stored, whatever somebody has changed of it while it ran', async () => {
    const [seen, doors]: [SettledJob[], ReturnType<typeof gate>] = [[], gate()]
    const passed = () => doors.pass({ id: 1 } as never)
    const { staffa, insert } = await bench(passed, (jobs) => seen.push(...jobs))
    await staffa.start()
    const [plain, changed] = [await insert(), await insert({ meta: { batch: 1 }, tags: ['old'] })]
    await doors.reached(2)
    await staffa.jobs.update(changed, { meta: { batch: 2 }, tags: ['new'] })
    doors.open()
    for (const id of [plain, changed]) await settled(staffa, id, ended)
    const stored = await Promise.all([plain, changed].map((id) => staffa.jobs.get(id)))

    expect(stored[1]).toMatchObject({ meta: { batch: 2, settles: false }, tags: ['new'] })
    expect(seen.map(({ job }) => job).toSorted((a, b) => a.id - b.id)).toEqual(stored)
  })

  test('that fails undoes what it wrote but not the end, is told of, and is repeated', async () => {
    let failures = 2
    const failed = events('failure', 'settles')
    const { staffa, ledger, insert } = await bench(undefined, () => {
      if (failures-- > 0) throw new Error('not now')
    })
    const id = await insert()
    await staffa.drain({ queue: 'default' })
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'completed', meta: { settles: true } })
    expect(await ledger()).toEqual([])
    expect(failed).toMatchObject([{ where: 'settler', error: new Error('not now') }])
    await staffa.start()

    await vi.waitFor(async () => expect(await ledger()).toEqual([{ job: id, state: 'completed', by: 'attempt' }]))
    expect((await staffa.jobs.get(id))?.meta).toEqual({ settles: false })
  })

  test('that fails for one job does not hold up the others', async () => {
    const { staffa, worker, ledger } = await bench(undefined, (jobs) => {
      if (jobs.some(({ job }) => job.args.bad)) throw new Error('never')
    })
    const list = [0, 1, 2, 3].map((n) => worker.new({ bad: n === 1 }, { scheduleIn: 600 }))
    const jobs = await staffa.insertAll(list)
    await staffa.jobs.cancel({ worker: 'settles' })
    expect(await ledger()).toEqual([])
    await staffa.start()
    await vi.waitFor(async () => expect(await ledger()).toHaveLength(3))

    expect((await ledger()).map(({ job }) => job)).toEqual([0, 2, 3].map((n) => jobs[n]?.id))
    expect(await staffa.jobs.count({ state: 'cancelled' })).toBe(4)
  })

  test('costs plain jobs nothing: no mark, and one statement for many', async () => {
    const { staffa } = await bench()
    const plain = worker({ name: 'plain' }).process(() => {})
    const other = await sibling(staffa, { ...still, workers: [plain], queues: { plain: 5 }, logger: quiet })
    const spans = events('engine.stop', other.node)
    await other.insertAll(Array.from({ length: 5 }, () => plain.new({}, { queue: 'plain' })))
    await other.drain({ queue: 'plain', concurrency: 5 })

    expect(spans.map(({ verb }) => verb)).not.toContain('settleJobs')
    expect((await other.jobs.list()).map(({ meta }) => meta)).toEqual(Array(5).fill({}))
  })

  test('of an attempt that is acknowledged in a transaction of the job belongs to that transaction', async () => {
    const work = definePlugin<{ acknowledge: (transaction: never, outcome: never) => Promise<void> }>({
      plugin: 'work',
      execute: async (context, next) => {
        const outcome = await next()
        const inside = (await made).staffa.database.kysely.transaction().execute(async (transaction) => {
          await context.acknowledge(transaction as never, outcome as never)
          if (rollBack) throw new Error('rolled back')
        })
        await inside

        return outcome
      },
    })
    let rollBack = true
    const made = bench()
    const { staffa, worker: settles, ledger } = await made
    const inner = worker({ name: 'works', maxAttempts: 2 })
      .use(...(settles.stack as [never]))
      .use(work as never)
      .process(() => {})
    const other = await sibling(staffa, { ...still, workers: [inner] })
    const { id } = await other.insert(inner.new({}))
    await other.drain({ queue: 'default' })
    expect(await other.jobs.get(id)).toMatchObject({ state: 'retryable', meta: { settles: true } })
    expect(await ledger()).toEqual([])
    rollBack = false
    await other.drain({ queue: 'default', scheduled: true })

    expect(await other.jobs.get(id)).toMatchObject({ state: 'completed', meta: { settles: false } })
    expect(await ledger()).toEqual([{ job: id, state: 'completed', by: 'attempt' }])
  })
})

/** Resolves after two more ticks of the node's settler. */
async function twoTicks(staffa: TestStaffa): Promise<void> {
  const seen = events('engine.stop', staffa.node)
  await expect.poll(() => seen.filter(({ verb }) => verb === 'settleJobs').length).toBeGreaterThanOrEqual(2)
}

test('jobs of workers that are known nowhere are nobody’s to settle', async () => {
  const staffa = await instance({ start: true, stager: { interval: everySoOften } })
  await staffa.insert(newJob('elsewhere', {}, { meta: { settles: true } }))
  await staffa.jobs.cancel({ worker: 'elsewhere' })

  expect(await staffa.jobs.count({ meta: { settles: true, ended_by: 'cancel' } })).toBe(1)
})
