import type { TestStaffa } from '@staffa/testing'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { namesIn } from '../../src/engine/names.ts'
import { type Job, jobStates, onTelemetry, type TelemetryEvents, worker } from '../../src/index.ts'
import { databases, instance, noop } from '../behaviour/kit.ts'
import { pollution } from './junk.ts'
import { type HostileRow, hostileRows, put, silentProducer } from './rows.ts'

const good = worker({ name: 'good' }).process(() => {})
const bad = worker({ name: 'bad' }).process(() => {
  throw new Error('this worker always fails')
})
const workers = [good, bad, noop]
const node = 'among-strangers'

describe.each(databases)('rows of strangers on %s', (name, database) => {
  const count = name === 'PostgreSQL' ? 8_000 : 1_000
  const seed = fc.sample(fc.nat(), 1)[0] ?? 0

  test(`are worked: of ${count}, the bad end with a reason, and the good are done`, { timeout: 60_000 }, async () => {
    const heard = troubles()
    const staffa = await instance({ node, database: database(), workers, queues: { q: 50 } })
    const rows = hostileRows(count, { queue: 'q', states: ['available', 'retryable', 'scheduled'], seed })
    const waiting = rows.filter(waits).length
    await put(rows, staffa.database, namesIn(staffa.prefix))
    await staffa.start()
    const neighbours = await staffa.insertAll(Array.from({ length: 50 }, () => noop.new({}, { queue: 'q' })))
    await worked(staffa, { waiting, heard, seed })
    const jobs = await staffa.jobs.list({ queue: 'q', limit: count * 2 })

    expect(jobs).toHaveLength(count + neighbours.length)
    expect(jobs.filter(({ worker }) => worker === 'noop').every(({ state }) => state === 'completed')).toBe(true)
    expect(jobs.filter(isOdd), `seed ${seed}`).toEqual([])
    expect(new Set(jobs.map(({ state }) => state))).toEqual(
      new Set(['completed', 'discarded', 'cancelled', 'retryable', 'scheduled']),
    )
    expect(pollution()).toEqual([])
  })

  test('are listed, changed, retried, cancelled and deleted with their neighbours', { timeout: 60_000 }, async () => {
    const staffa = await instance({ database: database(), workers })
    const rows = hostileRows(250, { queue: 'q', states: jobStates, seed })
    await put(rows, staffa.database, namesIn(staffa.prefix))
    const [q, all] = [{ queue: 'q' }, rows.length]
    const ids = (await staffa.jobs.list({ ...q, limit: 1000 })).map(({ id }) => id).filter(Number.isSafeInteger)

    expect(await staffa.jobs.count(q)).toBe(all)
    for (const id of ids.filter((id) => id > 0).slice(0, 50)) expect(await staffa.jobs.get(id)).toMatchObject({ id })
    expect(await staffa.jobs.update(q, { scheduledAt: new Date('2030-01-01'), tags: ['t'], maxAttempts: 5 })).toBe(all)
    expect(await staffa.jobs.retry(q)).toBeGreaterThan(all / 2)
    expect(await staffa.jobs.update(q, { meta: { ours: true } })).toBe(all)
    expect(await staffa.jobs.cancel(q)).toBeGreaterThan(all / 2)
    expect(await staffa.jobs.count({ ...q, state: ['cancelled', 'completed', 'discarded'] })).toBe(all)
    expect(await staffa.jobs.delete(q)).toBe(all)
  })

  test('are staged, rescued, settled and pruned with their neighbours', { timeout: 60_000 }, async () => {
    const heard = troubles()
    const soon = { interval: { milliseconds: 20 } }
    const settling = worker({ name: 'good' })
      .use({ plugin: 'settles', settle: async () => {} })
      .process(() => {})
    const upkeep = { stager: soon, rescuer: { ...soon, age: 1, lease: 1 }, pruner: { ...soon, age: 1 } }
    const staffa = await instance({ node, database: database(), workers: [settling], ...upkeep })
    const rows = hostileRows(250, { queue: 'q', states: jobStates, seed })
    await put(rows, staffa.database, namesIn(staffa.prefix))
    await staffa.start()

    await worked(staffa, {
      waiting: rows.filter(waits).length,
      heard,
      seed,
      states: ['scheduled', 'retryable', 'executing'],
    })
  })
})

/** What must not be heard while strangers' rows are about. */
function troubles(): readonly unknown[] {
  const heard: unknown[] = []
  for (const name of ['failure', 'service.exception', 'engine.exception', 'job.late'] as const) {
    const hear = (event: TelemetryEvents[typeof name] & { readonly node: string }) =>
      event.node === node && heard.push({ name, ...event })
    onTestFinished(onTelemetry(name, (event) => void hear(event)))
  }

  return heard
}

interface Working {
  readonly waiting: number
  readonly heard: readonly unknown[]
  readonly seed: number
  readonly states?: readonly string[]
}

/** Waits until nothing can go on any more but what a stranger wants to wait for ever, and nothing has failed on the way. */
async function worked(
  staffa: TestStaffa,
  { waiting, heard, seed, states = ['available', 'scheduled', 'executing'] }: Working,
) {
  const left = `SELECT count(*)::int AS count FROM "${staffa.prefix}".oban_jobs
    WHERE state::text = ANY ($1) AND NOT (state = 'retryable' AND scheduled_at > now())`
  const look = async () => {
    if (heard.length > 0) return heard.slice(0, 3)
    const [row] = await staffa.query<{ count: number }>(left, [`{${states}}`])

    return row?.count
  }

  await expect.poll(look, { timeout: 40_000, interval: 100, message: `seed ${seed}` }).toBe(waiting)
}

const never = ['infinity', '294276-12-31T23:59:59', null]

/** Whether a row waits for an instant that does not come, or nobody can tell since when it executes. */
function waits({ state, scheduled_at, attempted_at, attempted_by }: HostileRow): boolean {
  if (state === 'executing') return never.includes(attempted_at) && attempted_by?.[1] !== silentProducer

  return state === 'scheduled' && never.includes(scheduled_at)
}

/** Whether a job is not as it must be: done where that could be, else with a reason, and given up after its last attempt. */
function isOdd({ state, worker, errors, attempt, maxAttempts, args, scheduledAt }: Job): boolean {
  if ((state === 'retryable' || state === 'scheduled') && scheduledAt.getUTCFullYear() > 9999) return false
  const isGood = ['good', 'noop'].includes(worker) && typeof args === 'object' && !Array.isArray(args)
  if (state === 'completed') return !isGood
  if (state === 'retryable') return attempt >= maxAttempts
  const hasReason = /^\*\* \(\w+( \w+)?\) \S/.test(errors.at(-1)?.error ?? '')

  return !hasReason || !(state === 'discarded' || state === 'cancelled')
}
