import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  cancel,
  discard,
  fail,
  jsonLogger,
  type LogTelemetryOptions,
  logTelemetry,
  newJob,
  snooze,
  type TelemetryName,
  worker,
} from '../../src/index.ts'
import { events, gate, instance, noop, shared } from './kit.ts'

const outcomes: Readonly<Record<string, () => unknown>> = {
  fine: () => ({ rows: 3 }),
  cancels: () => cancel('because'),
  discards: () => discard('hopeless'),
  snoozes: () => snooze(60),
  fails: () => fail('ERROR'),
  throws: () => Promise.reject(new TypeError('FAILED')),
}
const workers = Object.entries(outcomes).map(([name, process]) => worker({ name }).process(process))
const allStates = ['completed', 'cancelled', 'discarded', 'scheduled', 'retryable'] as const

describe('an attempt', () => {
  const table = shared(() => ({ workers, queues: { default: 5 }, node: 'tells', start: true }))

  async function attempt(name: string, options: object = {}) {
    const [starts, stops, exceptions] = [events('job.start'), events('job.stop'), events('job.exception')]
    const job = await table().insert(newJob(name, { secret: 1 }, { tags: ['t'], ...options }))
    const after = await settled(table(), job, { states: allStates })
    await vi.waitFor(() => expect(stops.length + exceptions.length).toBe(1))

    return { after, start: starts[0], stop: stops[0], exception: exceptions[0] }
  }

  test('tells of its start, with the job as it runs', async () => {
    const { start, after } = await attempt('fine')

    expect(start).toMatchObject({
      instance: 'Oban',
      node: 'tells',
      job: { id: after.id, state: 'executing', attempt: 1 },
    })
    expect(start?.job).toMatchObject({
      worker: 'fine',
      queue: 'default',
      args: { secret: 1 },
      tags: ['t'],
      maxAttempts: 20,
    })
  })

  test.each([
    ['fine', 'completed', { result: { rows: 3 } }],
    ['cancels', 'cancelled', {}],
    ['discards', 'discarded', {}],
    ['snoozes', 'scheduled', {}],
  ])('tells of its end, once that is written: %s is %s', async (name, state, more) => {
    const { stop, after } = await attempt(name)

    expect(stop).toMatchObject({ instance: 'Oban', node: 'tells', state, job: { id: after.id, attempt: 1 }, ...more })
    expect(after.state).toBe(state)
    expect(Object.keys(stop ?? {}).includes('result')).toBe(name === 'fine')
  })

  test.each<[string, object, string, unknown]>([
    ['fails', {}, 'retryable', 'ERROR'],
    ['throws', {}, 'retryable', new TypeError('FAILED')],
    ['throws', { maxAttempts: 1 }, 'discarded', new TypeError('FAILED')],
    ['nobody', {}, 'retryable', expect.objectContaining({ code: 'UNKNOWN_WORKER' })],
  ])('tells of a failure, with the error as it was: %s %j is %s', async (name, options, state, error) => {
    const { exception } = await attempt(name, options)

    expect(exception).toMatchObject({ state, error, job: { attempt: 1, worker: name } })
  })

  test('is measured in milliseconds: how long it took, and how long the job waited for it', async () => {
    const { stop } = await attempt('fine', { scheduleIn: -5 })
    const waited = Number(stop?.job.attemptedAt) - Number(stop?.job.scheduledAt)

    expect(stop?.duration).toBeGreaterThan(0)
    expect(stop?.duration).toBeLessThan(5_000)
    expect(stop?.queueTime).toBe(waited)
    expect(waited).toBeGreaterThanOrEqual(5_000)
  })
})

const everyName: readonly TelemetryName[] = [
  'job.start',
  'job.stop',
  'job.exception',
  'job.late',
  'job.abandoned',
  'engine.start',
  'engine.stop',
  'engine.exception',
  'service.start',
  'service.stop',
  'service.exception',
  'notifier.notify',
  'notifier.garbage',
  'notifier.switch',
  'leader.election',
  'queue.shutdown',
  'failure',
]

test('every kind of event is told by something', async () => {
  const told = new Map(everyName.map((name) => [name, events(name, 'all')]))
  const doors = gate()
  const stays = worker({ name: 'stays' }).process(({ job }) => doors.pass(job))
  const staffa = await instance({
    ...{
      workers: [...workers, stays],
      queues: { default: 5 },
      node: 'all',
      start: true,
    },
    ...{ shutdownGracePeriod: { milliseconds: 50 }, rescuer: { interval: { milliseconds: 30 } } },
  })
  await settled(staffa, await staffa.insert(newJob('throws', {}, { maxAttempts: 1 })))
  const [cancelled, lost] = await staffa.insertAll([stays.new({}), stays.new({})])
  await doors.reached(2)
  const abandoned = untilEvent('job.abandoned', ({ job }) => job.id === cancelled?.id)
  await staffa.jobs.cancel(cancelled?.id as number)
  await abandoned
  await staffa.notify('signal', { action: 'none' })
  await staffa.query('SELECT pg_notify($1, $2)', [`${staffa.prefix}.oban_signal`, 'garbage'])
  await expect.poll(() => told.get('notifier.garbage')).toHaveLength(2)
  await staffa.query(`DELETE FROM "${staffa.prefix}".oban_jobs WHERE id = $1`, [lost?.id])
  doors.open()
  await expect.poll(() => told.get('job.late')).toHaveLength(1)
  await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_producers RENAME TO hidden`)
  await expect.poll(() => told.get('service.exception')?.length).toBeGreaterThan(0)
  await staffa.query(`ALTER TABLE "${staffa.prefix}".hidden RENAME TO oban_producers`)
  await staffa.stop()

  expect([...told].flatMap(([name, list]) => (list.length === 0 ? [name] : []))).toEqual([])
  expect(told.get('notifier.notify')).toContainEqual(
    expect.objectContaining({ channel: 'signal', payload: { action: 'none' }, node: 'all' }),
  )
  expect(told.get('queue.shutdown')).toMatchObject([{ queue: 'default', orphaned: [], elapsed: expect.any(Number) }])
  expect(told.get('engine.stop')).toContainEqual(
    expect.objectContaining({ verb: 'fetchJobs', duration: expect.any(Number) }),
  )
  const services = new Set((told.get('service.stop') as { service: string }[]).map(({ service }) => service))
  expect([...services].sort()).toEqual(['beater', 'pruner', 'rescuer', 'stager'])
})

test('a queue that had to be stopped tells what it left behind, and how long it waited', async () => {
  const doors = gate()
  const stays = worker({ name: 'stays' }).process(({ job }) => doors.pass(job))
  const options = { workers: [stays], queues: { default: 5 }, start: true, shutdownGracePeriod: { milliseconds: 150 } }
  const staffa = await instance({ ...options })
  const { id } = await staffa.insert(stays.new({}))
  await doors.reached(1)
  const shutdown = untilEvent('queue.shutdown')
  await staffa.stop()

  const { elapsed, orphaned } = await shutdown
  expect(orphaned).toEqual([id])
  expect(elapsed).toBeGreaterThanOrEqual(150)
  expect(await staffa.jobs.get(id)).toMatchObject({ state: 'executing', attempt: 1 })
})

describe('the logger', () => {
  /** What is logged while a node with a name of its own runs one job to its end. */
  async function logged(
    options: LogTelemetryOptions = {},
    job = newJob('fine', { secret: 'xyzzy' }, { meta: { m: 'xyzzy' } }),
  ) {
    const lines: Record<string, unknown>[] = []
    const logger = jsonLogger({ level: 'debug', write: (line) => lines.push(JSON.parse(line)) })
    const end = logTelemetry(logger, options)
    onTestFinished(end)
    const staffa = await instance({ workers, queues: { default: 1 }, name: 'Logged', start: true })
    const stopped = Promise.race([untilEvent('job.stop'), untilEvent('job.exception')])
    await staffa.insert(job)
    await stopped
    await staffa.stop()
    end()

    return lines
  }

  test('writes a line for what happens to jobs, queues and nodes', async () => {
    const lines = await logged()
    const ofJob = lines.filter(({ event }) => String(event).startsWith('job.'))
    const job = { id: 1, worker: 'fine', queue: 'default', attempt: 1, maxAttempts: 20, tags: [] }

    expect(ofJob).toMatchObject([
      { event: 'job.start', level: 'debug', message: 'a job starts', instance: 'Logged', job },
      {
        event: 'job.stop',
        level: 'info',
        state: 'completed',
        duration: expect.any(Number),
        queueTime: expect.any(Number),
        job,
      },
    ])
    const others = lines.map(({ event }) => event)
    for (const event of ['leader.election', 'notifier.switch', 'queue.shutdown']) expect(others).toContain(event)
    expect(JSON.stringify(lines)).not.toContain('xyzzy')
  })

  test('writes what failed, and why', async () => {
    const lines = await logged({}, newJob('throws', {}))
    const failed = lines.find(({ event }) => event === 'job.exception')

    expect(failed).toMatchObject({
      level: 'error',
      state: 'retryable',
      error: { name: 'TypeError', message: 'FAILED' },
    })
  })

  test('writes the events that are asked for, and no others', async () => {
    const lines = await logged({ events: ['job.stop', 'engine.stop'] })

    expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(['job.stop', 'engine.stop']))
  })

  test('writes of the instance that is asked for, and no other', async () => {
    expect(await logged({ instance: 'Another' })).toEqual([])
    expect((await logged({ instance: 'Logged' })).length).toBeGreaterThan(2)
  })

  test('ends when it is told to', async () => {
    const write = vi.fn()
    logTelemetry(jsonLogger({ level: 'debug', write }))()
    const staffa = await instance({ workers: [noop] })
    await staffa.insert(noop.new({}))

    expect(write).not.toHaveBeenCalled()
  })

  test('of an instance tells on its own what goes wrong in the background', async () => {
    const warn = vi.fn()
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} }
    const staffa = await instance({ logger, start: true })
    const failure = untilEvent('failure')
    await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_jobs RENAME TO hidden`)
    await failure
    await staffa.query(`ALTER TABLE "${staffa.prefix}".hidden RENAME TO oban_jobs`)

    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ event: 'failure', where: 'stager', error: expect.objectContaining({ code: '42P01' }) }),
      'something failed in the background; it is tried again',
    )
  })
})
