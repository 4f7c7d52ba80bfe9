import { settled, type TestStaffa, untilEvent } from '@staffa/testing'
import { expect, test, vi } from 'vitest'
import { newJob, onTelemetry, type RescuerSettings, worker } from '../../src/index.ts'
import { definePlugin, type SettledJob } from '../../src/plugin.ts'
import { events, gate, instance, noop, sibling, still } from './kit.ts'

const ms = (milliseconds: number) => ({ milliseconds })
const ours = '0a1b2c3d-0000-8000-8000-000000000001'
const stranger = '0a1b2c3d-0000-4000-8000-000000000001'

/** A node that leads and rescues, and works no queue. */
async function rescuing(rescuer: RescuerSettings, options: object = {}): Promise<TestStaffa> {
  const leads = untilEvent('leader.election', ({ node }) => node === 'rescues')
  const settings = { rescuer: { interval: ms(25), ...rescuer }, pruner: false, stager: false, node: 'rescues' } as const
  const staffa = await instance({ ...settings, ...options, start: true })
  await leads

  return staffa
}

interface Executing {
  readonly by?: string
  readonly attempt?: number
  readonly since?: string
}

/** A job that seems to be running somewhere. */
async function executing(
  staffa: TestStaffa,
  { by = ours, attempt = 1, since = '0 seconds' }: Executing,
): Promise<number> {
  const { id } = await staffa.insert(newJob('noop', {}, { maxAttempts: 3, queue: 'elsewhere' }))
  const now = `timezone('UTC', now())`
  await staffa.query(
    `UPDATE "${staffa.prefix}".oban_jobs SET state = 'executing', attempt = $2, attempted_by = ARRAY['gone', $3],
     attempted_at = ${now} - $4::interval WHERE id = $1`,
    [id, attempt, by, since],
  )

  return id
}

/** The row of a producer that was heard of just now. */
function heardOf(staffa: TestStaffa, uuid: string, meta = '{"staffa": true}') {
  return staffa.query(
    `INSERT INTO "${staffa.prefix}".oban_producers (uuid, name, node, queue, meta) VALUES ($1, 'Oban', 'gone', 'elsewhere', $2)`,
    [uuid, meta],
  )
}

/** Resolves after so many more whole ticks of the rescuer. */
async function ticks(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await untilEvent('service.stop', ({ service }) => service === 'rescuer')
}

test('jobs of a node that is gone run again after one lease, and not before', async () => {
  const staffa = await rescuing({ lease: ms(600) })
  await heardOf(staffa, ours)
  const heard = performance.now()
  const id = await executing(staffa, {})
  await ticks(4)
  expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing' })
  const job = await settled(staffa, id, { states: ['available'] })

  expect(performance.now() - heard).toBeGreaterThan(590)
  expect(job).toMatchObject({ attempt: 1, maxAttempts: 3, errors: [], meta: { rescued: 1 } })
  expect(await staffa.query(`SELECT uuid FROM "${staffa.prefix}".oban_producers`)).toEqual([])
})

test('they are fetched at once: the queue is told', async () => {
  const staffa = await rescuing({ lease: ms(100) })
  await sibling(staffa, { ...still, workers: [noop], queues: { elsewhere: 1 }, start: true })
  await heardOf(staffa, ours)
  const id = await executing(staffa, {})

  expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 2 })
})

test('a node that lives loses nothing, however long its jobs take', async () => {
  const doors = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
  const staffa = await rescuing({ lease: ms(300) }, { workers: [waits], queues: { default: 1 } })
  const other = await sibling(staffa, {
    ...still,
    ...{ rescuer: { lease: ms(300) }, workers: [waits], queues: { other: 1 }, start: true, notifier: 'poll' },
  })
  await staffa.insertAll([waits.new({}), waits.new({}, { queue: 'other' })])
  other.jobs.count()
  await staffa.notify('insert', { queue: 'other' })
  await other.queues.resume('other', { local: true })
  await doors.reached(2)
  const until = performance.now() + 900
  while (performance.now() < until) await ticks(1)

  expect((await staffa.jobs.list()).map(({ state, attempt, meta }) => [state, attempt, meta])).toEqual([
    ['executing', 1, {}],
    ['executing', 1, {}],
  ])
})

test('when the rows of producers are lost, those that live write theirs again in time', async () => {
  const doors = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
  const staffa = await rescuing({ lease: ms(600) }, { workers: [waits], queues: { default: 1 } })
  const { id } = await staffa.insert(waits.new({}))
  await doors.reached(1)
  const dead = await executing(staffa, {})
  await staffa.query(`TRUNCATE "${staffa.prefix}".oban_producers`)
  const lost = performance.now()
  await settled(staffa, dead, { states: ['available'] })

  expect(performance.now() - lost).toBeGreaterThan(590)
  expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 1 })
  expect(await staffa.query(`SELECT node FROM "${staffa.prefix}".oban_producers`)).toEqual([{ node: 'rescues' }])
})

test.each([
  ['without a row', undefined],
  ['with a row that is old', '{}'],
])('jobs of strangers are a matter of their age alone: %s', async (_name, meta) => {
  const staffa = await rescuing({ lease: ms(50), age: { minutes: 10 } })
  if (meta) await heardOf(staffa, stranger, meta)
  const young = await executing(staffa, { by: stranger, since: '9 minutes' })
  const old = await executing(staffa, { by: stranger, since: '11 minutes' })
  await settled(staffa, old, { states: ['available'] })
  await ticks(8)

  expect(await staffa.jobs.get(young)).toMatchObject({ state: 'executing' })
  expect(await staffa.query(`SELECT uuid FROM "${staffa.prefix}".oban_producers`)).toHaveLength(meta ? 1 : 0)
})

test('without an age strangers keep their jobs for ever', async () => {
  const staffa = await rescuing({ lease: ms(50) })
  const id = await executing(staffa, { by: stranger, since: '1 year' })
  await ticks(8)

  expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing' })
})

test('what has no attempts left is discarded with an error, and settled', async () => {
  const settlings: SettledJob[] = []
  const settling = definePlugin({ plugin: 'settling', settle: async (jobs) => void settlings.push(...jobs) })
  const settles = worker({ name: 'noop' })
    .use(settling)
    .process(() => {})
  const staffa = await rescuing({ lease: ms(100) }, { workers: [settles] })
  const [plain, last] = [await executing(staffa, { attempt: 2 }), await executing(staffa, { attempt: 3 })]
  await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET meta = '{"settles": true}' WHERE id = $1`, [last])
  const ticked = untilEvent('service.stop', ({ result }) =>
    JSON.stringify(result ?? '').includes(`"discarded":[${last}]`),
  )
  await heardOf(staffa, ours)

  expect(await ticked).toMatchObject({ result: { rescued: [plain], discarded: [last] } })
  const job = await settled(staffa, last)
  expect(job).toMatchObject({ state: 'discarded', attempt: 3, discardedAt: expect.any(Date) })
  expect(job.meta).toEqual({ settles: false, ended_by: 'rescue', rescued: 1 })
  expect(job.errors).toMatchObject([{ attempt: 3, error: '** (Orphaned) the node that ran the last attempt is gone' }])
  expect(settlings).toMatchObject([{ state: 'discarded', by: 'rescue', job: { id: last } }])
  expect(await staffa.jobs.get(plain)).toMatchObject({ state: 'available', errors: [] })
})

test('a node that only seems to be gone is told that its job was taken, and cannot end it any more', async () => {
  const doors = gate()
  const reasons: unknown[] = []
  const waits = worker({ name: 'waits' }).process(({ job, signal, staffa }) => {
    signal.addEventListener('abort', () => reasons.push([staffa.node, signal.reason.code]))

    return staffa.node === 'zombie' ? doors.pass(job) : 'elsewhere'
  })
  const work = { workers: [waits], queues: { default: 1 }, stager: false } as const
  const zombie = await instance({
    ...{ ...work, node: 'zombie', start: true, leader: false },
    rescuer: { lease: { seconds: 3 } }, // it beats every second, which is too seldom for the other
  })
  const { id } = await zombie.insert(waits.new({}))
  await doors.reached(1)
  await vi.waitFor(async () =>
    expect(await zombie.query(`SELECT 1 FROM "${zombie.prefix}".oban_producers`)).toHaveLength(1),
  )
  await zombie.queues.pause('default', { local: true })
  const late = untilEvent('job.late', ({ node }) => node === 'zombie')
  const other = await sibling(zombie, {
    ...work,
    node: 'other',
    start: true,
    rescuer: { lease: ms(150), interval: ms(25) },
  })

  expect(await settled(other, id)).toMatchObject({
    state: 'completed',
    attempt: 2,
    attemptedBy: ['other', expect.any(String)],
  })
  await vi.waitFor(() => expect(reasons).toEqual([['zombie', 'LOST']]), { timeout: 20_000 })
  expect(await late).toMatchObject({ job: { id, attempt: 1 } })
  doors.open()
  expect(await other.jobs.get(id)).toMatchObject({ state: 'completed', attempt: 2, errors: [] })
})

test('a job that was taken by its age from the node that runs it again is lost to its old attempt', async () => {
  const doors = gate()
  const reasons: unknown[] = []
  const waits = worker({ name: 'waits' }).process(async ({ job, signal }) => {
    signal.addEventListener('abort', () => reasons.push([job.attempt, signal.reason.code]))
    if (job.attempt === 1) await doors.pass(job)
    else await vi.waitFor(() => expect(reasons).toHaveLength(1), { timeout: 20_000 })
  })
  const staffa = await rescuing({ lease: ms(900), age: ms(800) }, { workers: [waits], queues: { default: 2 } })
  const late = events('job.late', 'rescues')
  const { id } = await staffa.insert(waits.new({}))

  expect(await settled(staffa, id)).toMatchObject({ state: 'completed', attempt: 2, meta: { rescued: 1 } })
  expect(reasons).toEqual([[1, 'LOST']])
  await vi.waitFor(() => expect(late).toMatchObject([{ job: { id, attempt: 1 } }]))
})

test('a node that does not lead rescues nothing', async () => {
  const staffa = await instance({
    ...{ leader: false, pruner: false, stager: false, start: true },
    rescuer: { interval: ms(20), lease: ms(20), age: ms(20) },
  })
  const id = await executing(staffa, { since: '1 hour' })
  await ticks(5)

  expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing' })
})

test('it goes on when the database fails for once, and says what failed', async () => {
  const staffa = await rescuing({ lease: ms(100) })
  const failure = untilEvent('failure', ({ where }) => where === 'rescuer')
  const end = onTelemetry('service.exception', () => {})
  await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_producers RENAME TO hidden`)
  await failure
  await staffa.query(`ALTER TABLE "${staffa.prefix}".hidden RENAME TO oban_producers`)
  end()
  await heardOf(staffa, ours)
  const id = await executing(staffa, {})

  expect(await settled(staffa, id, { states: ['available'] })).toMatchObject({ attempt: 1 })
})
