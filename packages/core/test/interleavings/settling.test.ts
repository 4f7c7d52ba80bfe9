import { settled, type TestStaffa } from '@staffa/testing'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Worker, worker } from '../../src/index.ts'
import { definePlugin, type Transaction } from '../../src/plugin.ts'
import { events, gate, instance, sibling, still } from '../behaviour/kit.ts'

/** A worker that writes into a ledger what is settled, and what two nodes that know it do. */
interface Bench {
  readonly worker: Worker
  /** Two nodes that know the worker, and a program that does not. */
  readonly one: TestStaffa
  readonly two: TestStaffa
  readonly program: TestStaffa
  readonly ledger: () => Promise<readonly string[]>
  /** The backends in which settling has begun, in order. */
  readonly backends: readonly number[]
}

interface Conduct {
  /** The work of the job. */
  readonly process?: () => unknown
  /** Happens in the transaction that settles, after the ledger was written. */
  readonly meanwhile?: (turn: number, backend: number, bench: Bench) => Promise<unknown>
}

const anHour = { interval: { hours: 1 } }
const ended = { states: ['completed', 'cancelled', 'discarded'] } as const

async function bench({ process = () => {}, meanwhile = async () => {} }: Conduct): Promise<Bench> {
  const backends: number[] = []
  const program = await instance(still)
  const ledger = `"${program.prefix}".ledger`
  await program.query(`CREATE TABLE ${ledger} (entry text)`)
  const settle = async (entries: readonly string[], transaction: Transaction) => {
    for (const entry of entries) await transaction.query(`INSERT INTO ${ledger} VALUES ($1)`, [entry])
    const { rows } = (await transaction.query('SELECT pg_backend_pid()', [])) as { rows: readonly number[][] }
    const turn = backends.push(Number(rows[0]?.[0]))
    await meanwhile(turn, backends[turn - 1] ?? 0, made)
  }
  const plugin = definePlugin({
    plugin: 'ledger',
    settle: (jobs, transaction) =>
      settle(
        jobs.map(({ job, state, by }) => `${job.id} ${state} by ${by}`),
        transaction,
      ),
  })
  const settles = worker({ name: 'settles', maxAttempts: 1 }).use(plugin).process(process)
  const node = { ...still, stager: anHour, workers: [settles], database: inject('databaseUrl') }
  const one = await sibling(program, { ...node, queues: { default: 2 } })
  const two = await sibling(program, node)
  const read = async () => (await program.query<{ entry: string }>(`SELECT * FROM ${ledger}`)).map(({ entry }) => entry)
  const made = { worker: settles, one, two, program, ledger: read, backends }

  return made
}

/** Resolves when somebody waits for what a backend has locked: not for its end, as who builds an index elsewhere does. */
async function waitedFor({ program }: Bench, backend: number): Promise<void> {
  const waiters = `SELECT FROM pg_stat_activity
    WHERE wait_event <> 'virtualxid' AND ${backend} = ANY (pg_blocking_pids(pid))`
  await expect.poll(() => program.query(waiters), { interval: 5 }).not.toEqual([])
}

/** A door that settling stops at, for the first time that it comes there. */
function door() {
  const [reached, opened] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()]
  onTestFinished(() => opened.resolve())
  const meanwhile: Conduct['meanwhile'] = async (turn, backend) => {
    if (turn > 1) return
    reached.resolve(backend)
    await opened.promise
  }

  return { reached: reached.promise, open: opened.resolve, meanwhile }
}

/** Resolves when a node has looked once more for what there is to settle. */
async function looks({ node }: TestStaffa, act: () => unknown): Promise<void> {
  const seen = events('engine.stop', node)
  await act()
  await expect.poll(() => seen.filter(({ verb }) => verb === 'settleJobs').length, { interval: 5 }).toBeGreaterThan(0)
}

test('of two nodes that settle the same job one does, and the other passes it over', async () => {
  const stop = door()
  const made = await bench(stop)
  const { id } = await made.program.insert(made.worker.new({}, { scheduleIn: 600 }))
  await made.program.jobs.cancel(id)
  const first = made.one.start()
  await stop.reached
  await looks(made.two, () => made.two.start())
  expect(made.backends).toHaveLength(1)
  stop.open()
  await first

  await expect.poll(made.ledger).toEqual([`${id} cancelled by cancel`])
  await expect.poll(async () => (await made.one.jobs.get(id))?.meta).toMatchObject({ settles: false })
})

test('an end and its settling that are cut in between happen together, once, later', async () => {
  const cut = (turn: number, backend: number, { program }: Bench) =>
    turn > 1 ? Promise.resolve() : program.query(`SELECT pg_terminate_backend(${backend})`)
  const seen: unknown[] = []
  const made = await bench({
    meanwhile: async (turn, backend, own) => {
      await cut(turn, backend, own)
      if (turn > 1)
        seen.push(
          await own.ledger(),
          (await own.program.jobs.list()).map(({ state }) => state),
        )
    },
  })
  await made.one.start()
  const { id } = await made.one.insert(made.worker.new({}))
  const job = await settled(made.one, id, ended)

  expect(seen).toEqual([[], ['executing']])
  expect(job).toMatchObject({ state: 'completed', attempt: 1, meta: { settles: false } })
  expect(await made.ledger()).toEqual([`${id} completed by attempt`])
  expect(made.backends[0]).not.toBe(made.backends[1])
})

test('who cancels a job while its end is settled comes too late, and settles nothing', async () => {
  const stop = door()
  const made = await bench(stop)
  await made.one.start()
  const { id } = await made.one.insert(made.worker.new({}))
  const backend = await stop.reached
  const cancelling = made.two.jobs.cancel({ id })
  await waitedFor(made, backend)
  stop.open()

  expect(await cancelling).toBe(0)
  expect(await settled(made.one, id, ended)).toMatchObject({ state: 'completed' })
  expect(await made.ledger()).toEqual([`${id} completed by attempt`])
})

test('an attempt that ends while its job is cancelled and settled comes too late, and settles nothing', async () => {
  const [stop, work] = [door(), gate()]
  const made = await bench({ ...stop, process: () => work.pass({ id: 1 } as never) })
  await made.one.start()
  const { id } = await made.one.insert(made.worker.new({}))
  await work.reached(1)
  const late = events('job.late', made.one.node)
  const cancelling = made.two.jobs.cancel({ id })
  const backend = await stop.reached
  work.open()
  await waitedFor(made, backend)
  stop.open()

  expect(await cancelling).toBe(1)
  await expect.poll(() => late, { interval: 5 }).toMatchObject([{ job: { id }, state: 'completed' }])
  expect(await made.one.jobs.get(id)).toMatchObject({ state: 'cancelled', meta: { settles: false } })
  expect(await made.ledger()).toEqual([`${id} cancelled by cancel`])
})

test('what has ended in a transaction that is still open is not settled by others, nor twice when it commits', async () => {
  const stop = door()
  const made = await bench(stop)
  const { id } = await made.program.insert(made.worker.new({}, { scheduleIn: 600 }))
  const cancelling = made.one.jobs.cancel(id)
  await stop.reached
  await looks(made.two, () => made.two.start())
  expect(await made.program.jobs.get(id)).toMatchObject({ state: 'scheduled', meta: { settles: true } })
  stop.open()
  await cancelling
  await looks(made.two, () => made.program.notify('staffa', { action: 'settle' }))

  expect(await made.ledger()).toEqual([`${id} cancelled by cancel`])
  expect(made.backends).toHaveLength(1)
})
