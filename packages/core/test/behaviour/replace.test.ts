import { manualClock, type TestStaffa } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { type JobOptions, type JobState, jobStates, newJob, type ReplaceField, worker } from '../../src/index.ts'
import { shared } from './kit.ts'

const everything: readonly ReplaceField[] = [
  'args',
  'maxAttempts',
  'meta',
  'priority',
  'queue',
  'scheduledAt',
  'tags',
  'worker',
]
const unique = { fields: ['args'], keys: ['id'], states: 'all', period: 'infinity' } as const

/** Resolves when a session of these tables waits for a lock. */
async function blocked(staffa: TestStaffa): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${staffa.prefix}%'`
  await expect.poll(() => staffa.query(waiting)).toHaveLength(1)
}

describe('replacing', () => {
  const clock = manualClock(new Date('2030-01-01T00:00:00Z'))
  const table = shared(() => ({ clock }))
  let last = 0

  interface Second extends JobOptions {
    readonly args?: object
    readonly worker?: string
  }

  /** Inserts a job, then an equal one with these options; gives back what the first has become. */
  async function replaced(
    first: JobOptions,
    { args = {}, worker: name = 'send', ...second }: Second,
    state?: JobState,
  ) {
    const id = ++last
    const staffa: TestStaffa = table()
    const original = await staffa.insert({ ...newJob('send', { id, n: 1 }, { unique, ...first }), state })
    const met = await staffa.insert(newJob(name, { id, ...args }, { unique, ...second }))
    expect(met).toMatchObject({ id: original.id, conflict: true })
    const { conflict: _conflict, ...row } = met
    expect(await staffa.jobs.get(met.id)).toEqual(row)

    return { original, now: met }
  }

  test('nothing changes unless it is asked for', async () => {
    const { original, now } = await replaced({}, { args: { n: 2 }, priority: 5, tags: ['new'] })

    expect(now).toEqual({ ...original, conflict: true })
  })

  test.each<[ReplaceField, Second, object]>([
    ['args', { args: { n: 2 } }, { args: { n: 2 } }],
    ['maxAttempts', { maxAttempts: 3 }, { maxAttempts: 3 }],
    ['meta', { meta: { trace: 2 } }, { meta: { trace: 2 } }],
    ['priority', { priority: 0 }, { priority: 0 }],
    ['queue', { queue: 'other' }, { queue: 'other' }],
    ['scheduledAt', { scheduleIn: { hours: 2 } }, { scheduledAt: new Date('2030-01-01T02:00:00Z') }],
    ['scheduledAt', { scheduledAt: new Date('2031-01-01') }, { scheduledAt: new Date('2031-01-01') }],
    ['tags', { tags: ['New'] }, { tags: ['new'] }],
    ['worker', { worker: 'send-2' }, { worker: 'send-2' }],
  ])('%s alone', async (field, second, expected) => {
    const first = { priority: 5, meta: { trace: 1 }, tags: ['old'], scheduleIn: { hours: 1 } }
    const all = { args: { n: 2 }, maxAttempts: 3, meta: { trace: 2 }, priority: 1, queue: 'x', tags: ['new'] }
    const options = { ...all, scheduleIn: { hours: 9 }, worker: 'send-2', replace: [field] }
    const given = 'scheduledAt' in second ? { ...options, scheduleIn: undefined } : options
    const { original, now } = await replaced(first, { ...given, ...second })

    const { args, meta, ...rest } = expected as { args?: object; meta?: object }
    expect(now).toMatchObject(rest)
    expect(now).toEqual({
      ...original,
      ...rest,
      args: args ? { ...original.args, ...args } : original.args,
      meta: { ...original.meta, ...meta },
      conflict: true,
    })
  })

  test('a field that the new job says nothing of stays as it is', async () => {
    const first = { queue: 'mail', priority: 5, maxAttempts: 3, tags: ['old'], meta: { trace: 1 }, scheduleIn: 60 }
    const { original, now } = await replaced(first, { replace: everything, args: { n: 2 }, worker: 'send' })

    expect(now).toEqual({ ...original, args: { ...original.args, n: 2 }, conflict: true })
  })

  test('what the worker says is said by the new job', async () => {
    const send = worker({ name: 'send', priority: 2, unique, replace: ['priority', 'maxAttempts'] }).process(() => {})
    const staffa = table()
    const id = ++last
    await staffa.insert(newJob('send', { id }, { unique, priority: 9, maxAttempts: 3 }))

    expect(await staffa.insert(send.new({ id }))).toMatchObject({ conflict: true, priority: 2, maxAttempts: 3 })
  })

  test('each state has its own fields', async () => {
    const replace = { scheduled: ['priority'], available: ['tags'] } as const
    const second = { priority: 3, tags: ['new'], replace }

    for (const state of jobStates) {
      const { now } = await replaced({ priority: 7, tags: ['old'] }, second, state)
      expect([state, now.priority, now.tags]).toEqual([
        state,
        state === 'scheduled' ? 3 : 7,
        state === 'available' ? ['new'] : ['old'],
      ])
    }
  })

  test('no field changes the state: an available job that gets a schedule is only ordered by it', async () => {
    const { now } = await replaced({}, { scheduleIn: { hours: 1 }, replace: ['scheduledAt'] })

    expect(now).toMatchObject({ state: 'available', scheduledAt: new Date('2030-01-01T01:00:00Z') })
  })

  test('a job keeps at least as many attempts as have begun', async () => {
    const staffa = table()
    const id = ++last
    const { id: stored } = await staffa.insert(newJob('send', { id }, { unique }))
    await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET attempt = 4, state = 'retryable' WHERE id = $1`, [
      stored,
    ])
    const second = newJob('send', { id }, { unique, maxAttempts: 2, replace: ['maxAttempts'] })

    expect(await staffa.insert(second)).toMatchObject({ id: stored, maxAttempts: 4 })
  })

  test('a replaced meta keeps what Staffa itself has noted', async () => {
    const staffa = table()
    const id = ++last
    const first = await staffa.insert(newJob('send', { id }, { unique, meta: { trace: 1 }, deadline: { hours: 1 } }))
    const second = newJob('send', { id }, { unique, meta: { trace: 2 }, replace: ['meta'] })

    expect(await staffa.insert(second)).toMatchObject({ meta: { ...first.meta, trace: 2 } })
    expect((await staffa.insert(second)).conflict).toBe(true)
  })

  test('a deadline moves with the schedule', async () => {
    const staffa = table()
    const id = ++last
    const first = newJob('send', { id }, { unique, scheduleIn: { hours: 1 }, deadline: { minutes: 5 } })
    const due = { deadline: Date.parse('2030-01-01T01:05:00Z') }
    expect(await staffa.insert(first)).toMatchObject({ meta: due })
    const second = newJob('send', { id }, { unique, scheduleIn: { hours: 4 }, replace: ['scheduledAt', 'meta'] })

    expect(await staffa.insert(second)).toMatchObject({ meta: { deadline: Date.parse('2030-01-01T04:05:00Z') } })
  })

  test('rows are changed in the order of their ids, so that who changes them otherwise waits and no more', async () => {
    const staffa = table()
    const ids = [++last, ++last]
    const job = (id: number, priority: number) => newJob('send', { id }, { unique, priority, replace: ['priority'] })
    const [one, two] = await staffa.insertAll(ids.map((id) => job(id, 1)))
    const update = (id: unknown) => `UPDATE "${staffa.prefix}".oban_jobs SET tags = '{x}' WHERE id = ${id}`
    let replacing: Promise<unknown> | undefined
    await staffa.database.transaction(async (transaction) => {
      await transaction.query({ name: '', text: update(one?.id) }, [])
      replacing = staffa.insertAll(ids.toReversed().map((id) => job(id, 5)))
      await blocked(staffa)
      await transaction.query({ name: '', text: update(two?.id) }, [])
    })
    await replacing

    expect(await staffa.jobs.get(one?.id as number)).toMatchObject({ priority: 5, tags: ['x'] })
    expect(await staffa.jobs.get(two?.id as number)).toMatchObject({ priority: 5, tags: ['x'] })
  })

  test('within one list, later jobs replace fields of the first', async () => {
    const id = ++last
    const job = (priority: number) => newJob('send', { id }, { unique, priority, replace: ['priority'] })
    const jobs = await table().insertAll([job(1), job(2), job(3)])

    expect(jobs.map(({ conflict }) => conflict)).toEqual([false, true, true])
    expect(await table().jobs.get(jobs[0]?.id as number)).toMatchObject({ priority: 3 })
  })
})
