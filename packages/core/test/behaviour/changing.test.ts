import { manualClock } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { finalStates, type InsertedJob, type Job, type JobState, jobStates, newJob } from '../../src/index.ts'
import { databases, shared } from './kit.ts'

const start = new Date('2030-01-01T00:00:00Z')

describe.each(databases)('on %s', (_, database) => {
  const clock = manualClock(start)
  const table = shared(() => ({ database: database(), clock }))

  /** One job of each state, alone in its queue. */
  async function oneOfEach(queue: string): Promise<ReadonlyMap<JobState, InsertedJob>> {
    const jobs = jobStates.map((state) => ({ ...newJob('send', { state }, { queue, maxAttempts: 3 }), state }))
    const inserted = await table().insertAll(jobs)
    const ended = `attempt = 3, completed_at = inserted_at, cancelled_at = inserted_at, discarded_at = inserted_at`
    await table().query(
      `UPDATE "${table().prefix}".oban_jobs SET ${ended} WHERE queue = $1 AND state = ANY ($2::text[]::"${table().prefix}".oban_job_state[])`,
      [queue, finalStates],
    )

    return new Map(inserted.map((job) => [job.state, job]))
  }

  const statesOf = async (queue: string): Promise<readonly (readonly [unknown, JobState])[]> =>
    (await table().jobs.list({ queue })).map(({ args, state }) => [args.state, state] as const).toReversed()

  describe('cancelling', () => {
    test('ends what has not ended, and leaves the rest', async () => {
      await oneOfEach('cancel-all')

      expect(await table().jobs.cancel({ queue: 'cancel-all' })).toBe(5)
      expect(await statesOf('cancel-all')).toEqual(
        jobStates.map((state) => [state, state === 'completed' || state === 'discarded' ? state : 'cancelled']),
      )
    })

    test('by id gives the job as it is then, also one that had ended', async () => {
      const jobs = await oneOfEach('cancel-one')
      for (const [state, { id, attempt }] of jobs) {
        const job = (await table().jobs.cancel(id)) as Job
        expect(await table().jobs.get(id)).toEqual(job)
        if (finalStates.includes(state as never)) expect(job.state).toBe(state)
        else expect(job).toMatchObject({ state: 'cancelled', cancelledAt: clock.now(), attempt, errors: [] })
      }
      expect(await table().jobs.cancel(1e9)).toBeUndefined()
    })
  })

  describe('retrying', () => {
    test('makes everything available but what is, or executes', async () => {
      const before = await oneOfEach('retry-all')
      clock.advance({ minutes: 1 })

      expect(await table().jobs.retry({ queue: 'retry-all' })).toBe(6)
      for (const job of await table().jobs.list({ queue: 'retry-all' })) {
        const was = before.get(job.args.state as JobState)
        if (job.args.state === 'executing' || job.args.state === 'available') {
          expect({ ...job, conflict: false }).toEqual(was)
        } else {
          expect(job).toMatchObject({ state: 'available', scheduledAt: clock.now(), insertedAt: was?.insertedAt })
          expect(job).toMatchObject({ completedAt: undefined, cancelledAt: undefined, discardedAt: undefined })
        }
      }
    })

    test('leaves at least one attempt, and no more than that', async () => {
      const jobs = await oneOfEach('retry-one')
      const retried = async (state: JobState) => table().jobs.retry(jobs.get(state)?.id as number)

      expect(await retried('discarded')).toMatchObject({ state: 'available', attempt: 3, maxAttempts: 4 })
      expect(await retried('completed')).toMatchObject({ state: 'available', attempt: 3, maxAttempts: 4 })
      expect(await retried('retryable')).toMatchObject({ state: 'available', attempt: 0, maxAttempts: 3 })
      expect(await retried('executing')).toMatchObject({ state: 'executing', attempt: 0, maxAttempts: 3 })
      expect(await table().jobs.retry(1e9)).toBeUndefined()
    })

    test('lifts a deadline that has passed, and no other', async () => {
      const expire = async (minutes: number) => {
        const { id } = await table().insert(newJob('send', {}, { deadline: { minutes } }))
        await table().jobs.cancel(id)

        return id
      }
      const [short, long] = [await expire(1), await expire(10)]
      clock.advance({ minutes: 2 })

      expect((await table().jobs.retry(short))?.meta).toEqual({})
      expect((await table().jobs.retry(long))?.meta).toEqual({ deadline: expect.any(Number) })
    })

    test('tells the queues, once each', async () => {
      const heard: unknown[] = []
      await new Promise<void>((listening) => {
        onTestFinished(table().listen('insert', (notice) => heard.push(notice), listening))
      })
      const waiting = ['q1', 'q2', 'q1'].map((queue) => newJob('told', {}, { queue, scheduleIn: 600 }))
      await table().insertAll(waiting)
      await table().jobs.retry({ worker: 'told' })
      await table().insert(newJob('send', {}, { queue: 'last' }))
      await expect.poll(() => heard.length).toBe(3)

      expect(heard).toEqual([{ queue: 'q1' }, { queue: 'q2' }, { queue: 'last' }])
    })
  })

  describe('deleting', () => {
    test('takes away everything but what executes', async () => {
      await oneOfEach('delete-all')

      expect(await table().jobs.delete({ queue: 'delete-all' })).toBe(7)
      expect(await statesOf('delete-all')).toEqual([['executing', 'executing']])
    })

    test('by id gives the job that is gone', async () => {
      const jobs = await oneOfEach('delete-one')
      for (const [state, { id }] of jobs) {
        const before = await table().jobs.get(id)
        const deleted = await table().jobs.delete(id)
        if (state === 'executing') expect([deleted, await table().jobs.get(id)]).toEqual([undefined, before])
        else expect([deleted, await table().jobs.get(id)]).toEqual([before, undefined])
        expect(await table().jobs.delete(id)).toBeUndefined()
      }
    })
  })

  describe('updating', () => {
    test('changes the fields that are given, and gives the job', async () => {
      const job = await table().insert(newJob('send', { n: 1 }, { meta: { a: 1 }, tags: ['x'] }))
      const changes = {
        ...{ args: { n: 2 }, meta: { b: 2 }, tags: [' New ', 'new'], queue: 'updated', worker: 'other' },
        ...{ priority: 3, maxAttempts: 2 },
      }
      const updated = await table().jobs.update(job.id, changes)
      const { conflict: _conflict, ...before } = job

      expect(updated).toEqual({ ...before, ...changes, tags: ['new'] })
      expect(await table().jobs.get(job.id)).toEqual(updated)
      expect(await table().jobs.update(1e9, changes)).toBeUndefined()
    })

    test('by filter tells how many', async () => {
      await oneOfEach('update-all')

      expect(await table().jobs.update({ queue: 'update-all' }, { priority: 9 })).toBe(8)
      expect(await table().jobs.count({ queue: 'update-all', priority: 9 })).toBe(8)
    })

    test('with nothing to change changes nothing, and says the same', async () => {
      const { conflict: _conflict, ...job } = await table().insert(newJob('send', {}, { queue: 'unchanged' }))

      expect(await table().jobs.update(job.id, {})).toEqual(job)
      expect(await table().jobs.update(job.id, { priority: undefined, meta: undefined })).toEqual(job)
      expect(await table().jobs.update({ queue: 'unchanged' }, {})).toBe(1)
    })

    test('of the time makes a job wait that waits to run, and touches no other', async () => {
      const scheduledAt = new Date('2031-01-01')
      await oneOfEach('reschedule')
      await table().jobs.update({ queue: 'reschedule' }, { scheduledAt })
      const waits = ['scheduled', 'available', 'retryable']

      expect(await statesOf('reschedule')).toEqual(
        jobStates.map((state) => [state, waits.includes(state) ? 'scheduled' : state]),
      )
    })

    test('of the time moves the deadline with it, and of the meta keeps it', async () => {
      const options = { scheduledAt: new Date('2031-01-01T00:00:00Z'), deadline: { minutes: 5 }, timeout: 60 }
      const { id } = await table().insert(newJob('send', {}, { ...options, meta: { a: 1 } }))
      const meta = { deadline: Date.parse('2032-01-01T00:05:00Z'), timeout: 60_000 }

      await table().jobs.update(id, { meta: { b: 2 }, scheduledAt: new Date('2032-01-01T00:00:00Z') })
      expect((await table().jobs.get(id))?.meta).toEqual({ ...meta, b: 2 })
      await table().jobs.update(id, { meta: { timeout: 5 } })
      expect((await table().jobs.get(id))?.meta).toEqual({ ...meta, timeout: 5 })
    })

    test.each<[string, unknown]>([
      ['nothing at all', null],
      ['an unknown field', { state: 'completed' }],
      ['a field that is fixed', { insertedAt: new Date() }],
      ['no object as args', { args: [1] }],
      ['a priority out of range', { priority: 10 }],
      ['no attempts', { maxAttempts: 0 }],
      ['a nameless queue', { queue: '' }],
      ['a worker of 128 characters', { worker: 'w'.repeat(128) }],
      ['no date', { scheduledAt: '2031-01-01' }],
      ['no list of tags', { tags: 'a' }],
    ])('refuses %s', async (_name, changes) => {
      const { conflict: _conflict, ...job } = await table().insert(newJob('send', {}))
      const updating = table().jobs.update(job.id, changes as never)

      await expect(updating).rejects.toMatchObject({ name: 'StaffaError' })
      expect(await table().jobs.get(job.id)).toEqual(job)
    })
  })

  describe('choosing', () => {
    test.each(['cancel', 'retry', 'delete'] as const)(
      '%s takes an id, or a filter that says something',
      async (verb) => {
        for (const choice of [
          undefined,
          null,
          {},
          { state: undefined },
          [],
          '1',
          0,
          -1,
          1.5,
          { ids: [1] },
          { id: [] },
        ]) {
          await expect(table().jobs[verb](choice as never)).rejects.toMatchObject({ name: 'StaffaError' })
        }
      },
    )

    test('is by every field, and by several at once', async () => {
      const of = { queue: 'choose', worker: 'chosen' }
      const job = newJob(
        'chosen',
        { to: 'ann', at: { hour: 5 } },
        { queue: 'choose', priority: 4, tags: ['a', 'b'], meta: { k: 1 } },
      )
      const [{ id } = { id: 0 }] = await table().insertAll([job, newJob('other', {}, { queue: 'choose' })])
      const fits = [
        ...[{ id }, { id: [id] }, of, { ...of, priority: [3, 4] }, { ...of, tags: ['b'] }, { ...of, tags: ['b', 'a'] }],
        ...[
          { ...of, args: { at: { hour: 5 } } },
          { ...of, meta: { k: 1 } },
          { ...of, state: ['available', 'executing'] },
        ],
      ] as const
      for (const filter of fits) expect((await table().jobs.list(filter)).map((found) => found.id)).toEqual([id])
      for (const filter of [
        { tags: ['c'] },
        { args: { to: 'bob' } },
        { meta: { k: 2 } },
        { state: 'retryable' },
      ] as const) {
        expect(await table().jobs.list({ ...of, ...filter })).toEqual([])
      }
    })
  })
})
