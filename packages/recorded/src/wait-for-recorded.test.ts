import { cancel, isStaffaError, newJob, onTelemetry, postgres, worker } from '@staffa/core'
import type { Database, ListenOptions } from '@staffa/core/internal'
import { settled, type TestOptions, type TestStaffa, testStaffa, untilEvent } from '@staffa/testing'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { recorded, waitForRecorded } from './index.ts'

let open = Promise.withResolvers<void>()

/** Ends when the test says so. */
const patient = worker({ name: 'patient', maxAttempts: 1 })
  .use(recorded())
  .typed<{ how?: 'cancel' | 'throw' }>()
  .process(async ({ args, job }) => {
    await open.promise
    if (args.how === 'throw') throw new Error('out of luck')

    return args.how === 'cancel' ? cancel('no longer wanted') : { id: job.id }
  })

beforeEach(() => {
  open = Promise.withResolvers()
  vi.useFakeTimers({ toFake: ['setInterval'] }) // so that only notices can tell
})
afterEach(() => {
  open.resolve()
  vi.useRealTimers()
})

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('waiting for what a job returns, on %s', (_, database) => {
  it('ends with the job', async () => {
    await using staffa = await running({ database: database() })
    const job = await staffa.insert(patient.new({}))
    const waiting = waitForRecorded(staffa, patient, job)
    await settled(staffa, job, { states: ['executing'] })
    open.resolve()

    expect(await waiting).toEqual({ id: job.id })
  })

  it('ends at once when the job has ended', async () => {
    await using staffa = await running({ database: database() })
    open.resolve()
    const { id } = await settled(staffa, await staffa.insert(patient.new({})))

    expect(await waitForRecorded(staffa, patient, id)).toEqual({ id })
  })

  it('ends in a program that only waits', async () => {
    await using staffa = await running({ database: database() })
    await using other = await testStaffa({ database: staffa.database, prefix: staffa.prefix })
    const { id } = await staffa.insert(patient.new({}))
    const waiting = waitForRecorded(other, patient, id)
    await settled(staffa, id, { states: ['executing'] })
    open.resolve()

    expect(await waiting).toEqual({ id })
  })

  it('ends again with a job that was retried', async () => {
    await using staffa = await running({ database: database() })
    const { id } = await staffa.insert(patient.new({ how: 'throw' }))
    open.resolve()
    await settled(staffa, id)
    open = Promise.withResolvers()
    const executing = settled(staffa, id, { states: ['executing'] })
    await staffa.jobs.retry(id)
    await executing
    const waiting = waitForRecorded(staffa, patient, id).catch(({ code }) => code)
    open.resolve()

    expect(await waiting).toBe('JOB_DISCARDED')
  })

  it('ends for each of many', async () => {
    await using staffa = await running({ database: database() })
    const jobs = await staffa.insertAll(Array.from({ length: 450 }, () => patient.new({})))
    const waiting = Promise.all(jobs.map((job) => waitForRecorded(staffa, patient, job)))
    open.resolve()

    expect(await waiting).toEqual(jobs.map(({ id }) => ({ id })))
  })

  it.each([
    ['throw', 'JOB_DISCARDED', 'out of luck'],
    ['cancel', 'JOB_CANCELLED', 'no longer wanted'],
  ] as const)('rejects when the job ends otherwise: %s', async (how, code, reason) => {
    await using staffa = await running({ database: database() })
    const { id } = await staffa.insert(patient.new({ how }))
    const waiting = waitForRecorded(staffa, patient, id).catch((error) => error)
    await settled(staffa, id, { states: ['executing'] })
    open.resolve()
    const error = await waiting

    expect(isStaffaError(error, code)).toBe(true)
    expect(error.data).toMatchObject({ id, worker: 'patient', reason: expect.stringContaining(reason) })
  })

  it('rejects when somebody cancels or deletes the job', async () => {
    await using staffa = await running({ database: database() })
    const [first, second] = await staffa.insertAll([0, 1].map(() => patient.new({}, { scheduleIn: { hours: 1 } })))
    const codes = [first, second].map((job) => waitForRecorded(staffa, patient, job!).catch(({ code }) => code))
    await staffa.jobs.cancel(first!.id)
    await staffa.jobs.delete(second!.id)

    expect(await Promise.all(codes)).toEqual(['JOB_CANCELLED', 'JOB_MISSING'])
  })
})

describe('waiting for what a job returns', () => {
  it('rejects when there is no such job, or one of another worker', async () => {
    await using staffa = await running()
    const other = await settled(staffa, await staffa.insert(newJob('another', {}, { maxAttempts: 1 })))

    await expect(waitForRecorded(staffa, patient, 999_999)).rejects.toMatchObject({ code: 'JOB_MISSING' })
    await expect(waitForRecorded(staffa, patient, other)).rejects.toThrow('expected job to be one of patient')
  })

  it('gives up after the timeout', async () => {
    await using staffa = await running()
    const { id } = await staffa.insert(patient.new({}))
    const waiting = waitForRecorded(staffa, patient, id, { timeout: { milliseconds: 20 } })

    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', data: { id } })
  })

  it('gives up when it is told to, with the reason', async () => {
    await using staffa = await running()
    const { id } = await staffa.insert(patient.new({}))
    const controller = new AbortController()
    const waiting = waitForRecorded(staffa, patient, id, { signal: controller.signal })
    controller.abort('never mind')

    await expect(waiting).rejects.toBe('never mind')
    await expect(waitForRecorded(staffa, patient, id, { signal: controller.signal })).rejects.toBe('never mind')
  })

  it('rejects when the database does not answer at the beginning', async () => {
    await using staffa = await testStaffa()
    await rename(staffa, 'oban_jobs', 'elsewhere')

    await expect(waitForRecorded(staffa, patient, 1)).rejects.toThrow('oban_jobs')
  })

  it('outlasts a database that does not answer for a while, and not for ever', async () => {
    await using staffa = await running({ notifier: 'poll', stager: false })
    const { id } = await staffa.insert(patient.new({}, { queue: 'elsewhere' }))
    const began = untilEvent('engine.stop', ({ verb }) => verb === 'getJob')
    let rejected: unknown
    const waiting = waitForRecorded(staffa, patient, id).catch((error) => {
      rejected = error
    })
    const look = async (name: 'engine.stop' | 'engine.exception') => {
      const looked = untilEvent(name, ({ verb }) => verb === 'getJob')
      vi.advanceTimersByTime(5_000)
      await looked
      await new Promise(setImmediate) // until the look is over, too
    }
    await began
    await rename(staffa, 'oban_jobs', 'elsewhere')
    for (let time = 0; time < 11; time += 1) await look('engine.exception')
    await rename(staffa, 'elsewhere', 'oban_jobs')
    await look('engine.stop')
    await rename(staffa, 'oban_jobs', 'elsewhere')
    for (let time = 0; time < 11; time += 1) await look('engine.exception')
    expect(rejected).toBeUndefined()
    await look('engine.exception')
    await waiting

    expect(String(rejected)).toContain('oban_jobs')
  })

  it('looks when it is told, and not over and over', async () => {
    await using staffa = await running()
    const { id } = await staffa.insert(patient.new({}))
    await settled(staffa, id, { states: ['executing'] })
    let looks = 0
    const quiet = onTelemetry('engine.start', ({ verb }) => {
      if (verb === 'getJob') looks += 1
    })
    const waiting = waitForRecorded(staffa, patient, id)
    open.resolve()
    await waiting
    quiet()

    expect(looks).toBeLessThanOrEqual(4) // at the beginning, when listening begins, and when the job has ended
  })

  it('looks again when listening was interrupted', async () => {
    await using deaf = deafAtFirst(postgres(inject('databaseUrl'), { connections: 5 }))
    await using staffa = await running({ database: inject('databaseUrl') })
    await using other = await testStaffa({ database: deaf.database, prefix: staffa.prefix })
    const { id } = await staffa.insert(patient.new({}))
    const listening = untilEvent('notifier.switch', ({ node, status }) => node === other.node && status === 'listening')
    const waiting = waitForRecorded(other, patient, id)
    await listening
    await settled(staffa, id, { states: ['executing'] })
    open.resolve()
    await settled(staffa, id)
    deaf.lose()

    expect(await waiting).toEqual({ id })
  })

  it('looks now and then where nobody tells', async () => {
    await using staffa = await running({ notifier: 'poll' })
    const { id } = await staffa.insert(patient.new({}))
    const waiting = waitForRecorded(staffa, patient, id)
    await settled(staffa, id, { states: ['executing'] })
    open.resolve()
    await settled(staffa, id)
    vi.advanceTimersByTime(5_000)

    expect(await waiting).toEqual({ id })
  })
})

function running(options: TestOptions = {}): Promise<TestStaffa> {
  return testStaffa({ workers: [patient], queues: { default: 500 }, start: true, ...options })
}

async function rename(staffa: TestStaffa, from: string, to: string): Promise<void> {
  await staffa.query(`ALTER TABLE "${staffa.prefix}".${from} RENAME TO ${to}`)
}

/** A database whose first listening connection hears nothing, until it is lost. */
function deafAtFirst(database: Database) {
  let lose = () => {}
  let connections = 0
  const listen = async (options: ListenOptions) => {
    connections += 1
    if (connections > 1) return database.listen!(options)
    lose = () => options.onLost(new Error('the line is dead'))

    return database.listen!({ ...options, onNotice: () => {} })
  }

  return { database: { ...database, listen }, lose: () => lose(), [Symbol.asyncDispose]: () => database.close() }
}
