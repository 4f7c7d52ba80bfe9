import { randomBytes } from 'node:crypto'
import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { databases, events, gate, instance } from '../../test/behaviour/kit.ts'
import { complete, worker } from '../index.ts'
import { isBadData } from './acker.ts'

describe.each(databases)('what the database refuses of an end on %s', (_, database) => {
  test('becomes a failure that says so, and its neighbours in the batch end as they did', async () => {
    const { pass, reached, open } = gate()
    const work = worker({ name: 'work' })
      .typed<{ bad: boolean }>()
      .use(async ({ args }, next) => {
        const outcome = await next()
        // Text that is too long for the index over fingerprints, however it is compressed.
        return args.bad ? { ...outcome, meta: { fingerprint: randomBytes(40_000).toString('base64') } } : outcome
      })
      .process(({ job }) => pass(job))
    const staffa = await instance({ database: database(), workers: [work], queues: { default: 5 }, start: true })
    const jobs = await staffa.insertAll([1, 2, 3, 4, 5].map((n) => work.new({ bad: n === 2 })))
    await reached(5)
    open()

    const states = await Promise.all(jobs.map((job) => settled(staffa, job)))
    expect(states.map(({ state }) => state)).toEqual(['completed', 'discarded', 'completed', 'completed', 'completed'])
    expect(states[1]?.errors).toMatchObject([
      { attempt: 1, error: expect.stringContaining('the end of the attempt could not be stored: index row') },
    ])
  })

  test('and refuses as a failure, too, is left to the rescuer: the neighbours do not wait for it', async () => {
    const { pass, reached, open } = gate()
    const work = worker({ name: 'work' }).process(({ job }) => pass(job))
    const staffa = await instance({ database: database(), workers: [work], queues: { default: 5 }, start: true })
    const late = events('job.late', staffa.node)
    await staffa.query(
      `ALTER TABLE "${staffa.prefix}".oban_jobs ADD CHECK (NOT args ? 'stuck' OR state IN ('available', 'executing'))`,
    )
    const [stuck, ...others] = await staffa.insertAll([{ stuck: true }, {}, {}, {}].map((args) => work.new(args)))
    await reached(4)
    const told = untilEvent('job.late', ({ job }) => job.id === stuck?.id)
    open()
    for (const job of others) expect(await settled(staffa, job)).toMatchObject({ state: 'completed' })
    await told

    expect(late.map(({ job }) => job.id)).toEqual([stuck?.id])
    expect(await staffa.jobs.get(stuck?.id ?? 0)).toMatchObject({ state: 'executing', errors: [] })
  })
})

test.each([
  [Object.assign(new Error('x'), { code: '22P05' }), true],
  [Object.assign(new Error('x'), { code: '23514' }), true],
  [Object.assign(new Error('x'), { code: '54000' }), true],
  [new RangeError('Invalid string length'), true],
  [Object.assign(new Error('x'), { code: '57P01' }), false],
  [Object.assign(new Error('x'), { code: '08006' }), false],
  [Object.assign(new Error('x'), { code: '40P01' }), false],
  [Object.assign(new Error('x'), { code: 'ECONNRESET' }), false],
  [new Error('Connection terminated unexpectedly'), false],
  [undefined, false],
])('%o is the fault of the values: %s', (error, fault) => {
  expect(isBadData(error)).toBe(fault)
})

test('a result of any size completes a job, since it is not stored', async () => {
  const work = worker({ name: 'work' }).process(() => complete('x'.repeat(10_000_000)))
  const staffa = await instance({ workers: [work], queues: { default: 1 }, start: true })

  expect(await settled(staffa, await staffa.insert(work.new({})))).toMatchObject({ state: 'completed', meta: {} })
})
