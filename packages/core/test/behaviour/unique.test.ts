import { manualClock } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { type JobOptions, type JobState, jobStates, newJob, type UniqueOptions } from '../../src/index.ts'
import { databases, instance, shared } from './kit.ts'

type Described = readonly [args: object, options?: JobOptions, name?: string]

describe.each(databases)('uniqueness on %s', (_, database) => {
  const clock = manualClock()
  const table = shared(() => ({ database: database(), clock }))

  /** Inserts two jobs, each with these unique options; tells whether the second met the first. */
  async function meets(unique: UniqueOptions | true, [first, second]: readonly [Described, Described]) {
    const staffa = table()
    await staffa.query(`DELETE FROM "${staffa.prefix}".oban_jobs`)
    const insert = ([args, options, name = 'send']: Described) =>
      staffa.insert(newJob(name, args as never, { unique, ...options }))
    const one = await insert(first)
    const other = await insert(second)
    expect(one.conflict).toBe(false)
    expect(other.conflict).toBe(other.id === one.id)

    return other.conflict
  }

  test('the second of two equal jobs is the first', async () => {
    const staffa = await instance({ database: database() })
    const first = await staffa.insert(newJob('send', { id: 1 }, { unique: true }))
    const second = await staffa.insert(newJob('send', { id: 1 }, { unique: true, priority: 5 }))

    expect(second).toEqual({ ...first, conflict: true })
    expect(await staffa.jobs.count()).toBe(1)
  })

  test.each<[string, boolean, UniqueOptions | true, Described, Described]>([
    ['all is equal', true, true, [{ id: 1 }], [{ id: 1 }]],
    ['keys are in another order', true, true, [{ a: 1, b: { c: 1, d: 2 } }], [{ b: { d: 2, c: 1 }, a: 1 }]],
    ['args differ', false, true, [{ id: 1 }], [{ id: 2 }]],
    ['one has more args', false, true, [{ id: 1 }], [{ id: 1, more: true }]],
    ['one has fewer args', false, true, [{ id: 1, more: true }], [{ id: 1 }]],
    ['one has no args', false, true, [{ id: 1 }], [{}]],
    ['neither has args', true, true, [{}], [{}]],
    ['a list is in another order', false, true, [{ ids: [1, 2] }], [{ ids: [2, 1] }]],
    ['a list repeats', false, true, [{ ids: [1, 2] }], [{ ids: [1, 2, 2] }]],
    ['numbers are text', false, true, [{ id: 1 }], [{ id: '1' }]],
    ['another queue', false, true, [{}], [{}, { queue: 'other' }]],
    ['another worker', false, true, [{}], [{}, {}, 'other']],
    ['another priority', true, true, [{}], [{}, { priority: 5 }]],
    ['another queue, which does not count', true, { fields: ['args', 'worker'] }, [{}], [{}, { queue: 'other' }]],
    ['another worker, which does not count', true, { fields: ['args', 'queue'] }, [{}], [{}, {}, 'other']],
    ['other args, which do not count', true, { fields: ['worker'] }, [{ id: 1 }], [{ id: 2 }]],
    [
      'the fields in another order',
      true,
      { fields: ['worker', 'args'] },
      [{}],
      [{}, { unique: { fields: ['args', 'worker'] } }],
    ],
    ['other meta, which does not count', true, true, [{}, { meta: { a: 1 } }], [{}, { meta: { a: 2 } }]],
    ['other meta, which counts', false, { fields: ['meta'] }, [{}, { meta: { a: 1 } }], [{}, { meta: { a: 2 } }]],
    [
      'equal meta, which counts',
      true,
      { fields: ['meta'] },
      [{ n: 1 }, { meta: { a: 1 } }],
      [{ n: 2 }, { meta: { a: 1 } }],
    ],
    ['the key is equal', true, { keys: ['id'] }, [{ id: 1, n: 1 }], [{ id: 1, n: 2 }]],
    ['the key differs', false, { keys: ['id'] }, [{ id: 1 }], [{ id: 2 }]],
    ['one of two keys differs', false, { keys: ['id', 'to'] }, [{ id: 1, to: 'a' }], [{ id: 1, to: 'b' }]],
    ['both lack one of two keys', true, { keys: ['id', 'to'] }, [{ id: 1, n: 1 }], [{ id: 1, n: 2 }]],
    ['one lacks the key', false, { keys: ['id'] }, [{ id: 1 }], [{ n: 1 }]],
    ['both lack the key', false, { keys: ['id'] }, [{ n: 1 }], [{ n: 1 }]],
    [
      'a key of the meta is equal',
      true,
      { fields: ['meta'], keys: ['k'] },
      [{}, { meta: { k: 1, n: 1 } }],
      [{}, { meta: { k: 1 } }],
    ],
    [
      'a key of the meta differs',
      false,
      { fields: ['meta'], keys: ['k'] },
      [{}, { meta: { k: 1 } }],
      [{}, { meta: { k: 2 } }],
    ],
    [
      'another list of keys',
      false,
      { keys: ['id'] },
      [{ id: 1, to: 1 }],
      [{ id: 1, to: 1 }, { unique: { keys: ['to'] } }],
    ],
    ['the first was not unique', false, true, [{}, { unique: false }], [{}]],
    ['the second is not unique', false, true, [{}], [{}, { unique: false }]],
  ])('%s: %s', async (_name, expected, unique, first, second) => {
    expect(await meets(unique, [first, second])).toBe(expected)
  })

  test('an equal job counts in the states that are said, and in no other', async () => {
    const staffa = await instance({ database: database() })
    const unique: readonly (readonly [string, UniqueOptions])[] = [
      ['all', { states: 'all' }],
      ['incomplete', { states: 'incomplete' }],
      ['scheduled', { states: 'scheduled' }],
      ['successful', {}],
      ['two', { states: ['executing', 'discarded'] }],
    ]
    const counted: Record<string, JobState[]> = {}
    for (const [name, options] of unique) {
      const job = (state: JobState) => newJob('send', { name, state }, { unique: { period: 600, ...options } })
      await staffa.insertAll(jobStates.map((state) => ({ ...job(state), state })))
      const again = await staffa.insertAll(jobStates.map(job))
      counted[name] = jobStates.filter((_state, index) => again[index]?.conflict)
    }

    const incomplete = ['suspended', 'scheduled', 'available', 'executing', 'retryable']
    expect(counted).toEqual({
      all: jobStates,
      incomplete,
      scheduled: ['scheduled'],
      successful: [...incomplete, 'completed'],
      two: ['executing', 'discarded'],
    })
  })

  test.each<[UniqueOptions, number, boolean]>([
    [{ period: { minutes: 4 } }, 239_999, true],
    [{ period: { minutes: 4 } }, 240_000, true],
    [{ period: { minutes: 4 } }, 240_001, false],
    [{ keys: [] }, 60_000, true],
    [{ keys: [] }, 60_001, false],
    [{ period: 'infinity' }, 8_640_000_000, true],
  ])('with %j a job counts for so long after it was inserted: %i ms, %s', async (unique, age, expected) => {
    const job = newJob('send', { unique, age } as never, { unique, scheduleIn: { days: 300 } })
    const { id } = await table().insert(job)
    clock.advance({ milliseconds: age })
    const later = await table().insert(job)

    expect(later.conflict).toBe(expected)
    expect(later.id === id).toBe(expected)
  })

  test('a period slides: what is new begins another one', async () => {
    const inserted: number[] = []
    for (let minute = 0; minute < 10; minute += 1) {
      const { conflict } = await table().insert(newJob('sliding', {}, { unique: { period: { seconds: 150 } } }))
      if (!conflict) inserted.push(minute)
      clock.advance({ minutes: 1 })
    }

    expect(inserted).toEqual([0, 3, 6, 9])
  })

  test.each([
    [-119, true],
    [-121, false],
    [500, true],
  ])('the period may be measured from the scheduled time: %i s from now, %s', async (scheduleIn, expected) => {
    const unique = { period: { minutes: 2 }, timestamp: 'scheduledAt' } as const
    await table().insert(newJob('scheduled', { scheduleIn }, { unique, scheduleIn }))

    expect(await table().insert(newJob('scheduled', { scheduleIn }, { unique }))).toMatchObject({ conflict: expected })
  })

  test('the same holds within one list', async () => {
    const unique = { period: { minutes: 2 }, timestamp: 'scheduledAt' } as const
    const jobs = [-121, -120, 0, 500].flatMap((seconds) => [
      newJob('listed', { by: 'delay' }, { unique, scheduleIn: seconds }),
      newJob('listed', { by: 'date' }, { unique, scheduledAt: new Date(clock.now().getTime() + seconds * 1_000) }),
    ])
    const inserted = await table().insertAll(jobs)

    expect(inserted.map(({ conflict }) => conflict)).toEqual([false, false, false, false, true, true, true, true])
  })

  test('a list is unique against the table and within itself, and keeps its order', async () => {
    const staffa = await instance({ database: database() })
    const describe = (n: number, more: JobOptions = {}) => newJob('send', { n }, { unique: true, ...more })
    const stored = await staffa.insert(describe(1))
    const list = [describe(2), describe(1), describe(3), describe(2), describe(2, { unique: false }), describe(1)]
    const jobs = await staffa.insertAll(list)

    expect(jobs.map(({ conflict }) => conflict)).toEqual([false, true, false, true, false, true])
    expect([jobs[1]?.id, jobs[5]?.id]).toEqual([stored.id, stored.id])
    expect(jobs[3]?.id).toBe(jobs[0]?.id)
    expect(await staffa.jobs.count()).toBe(4)
  })

  test.each<[string, readonly UniqueOptions[]]>([
    ['one way', [{ period: 'infinity' }]],
    [
      'ways of their own',
      [{ period: 'infinity' }, { period: { days: 1 } }, { period: 'infinity', states: ['cancelled'] }],
    ],
  ])('jobs of a list that equal ones count for in %s find these, wherever they stand', async (_, options) => {
    const staffa = await instance({ database: database() })
    const list = Array.from({ length: 12 }, (_, n) =>
      n % 4 === 3
        ? newJob('plain', {})
        : newJob('send', { n }, { unique: options[n % options.length] as UniqueOptions }),
    )
    const before = await staffa.insertAll(list.filter((_, n) => n % 2 === 0))
    const after = await staffa.insertAll(list)
    const counts = (n: number) => n % 2 === 0 && list[n]?.unique?.states.includes('available') === true

    expect(after.map(({ conflict }) => conflict)).toEqual(list.map((_, n) => counts(n)))
    expect(after.filter(({ conflict }) => conflict).map(({ id }) => id)).toEqual(
      before.filter((_, half) => counts(half * 2)).map(({ id }) => id),
    )
  })

  test('one and the same description is inserted once, however often it is in the list', async () => {
    const job = newJob('send', { same: true }, { unique: true, priority: 3, replace: ['priority'] })
    const [first, second, third] = await table().insertAll([job, job, job])

    expect([first?.conflict, second?.conflict, third?.conflict]).toEqual([false, true, true])
    expect(new Set([first?.id, second?.id, third?.id]).size).toBe(1)
    const again = newJob('send', { again: true }, { unique: true })
    const flags = await Promise.all([table().insert(again), table().insert(again)])
    expect(flags.map(({ conflict }) => conflict).toSorted()).toEqual([false, true])
  })

  test('what is equal counts also across the batches of a long list', async () => {
    const staffa = await instance({ database: database() })
    const jobs = Array.from({ length: 2_400 }, (_n, n) => newJob('send', { n: n % 1_200 }, { unique: true }))
    const inserted = await staffa.insertAll(jobs)

    expect(inserted.filter(({ conflict }) => conflict)).toHaveLength(1_200)
    expect(await staffa.jobs.count()).toBe(1_200)
  })

  test('of jobs that are inserted at once, one is written and everyone gets it', async () => {
    const staffa = await instance({ database: database() })
    const jobs = await Promise.all(
      Array.from({ length: 30 }, () => staffa.insert(newJob('send', {}, { unique: true }))),
    )

    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
    expect(jobs.filter(({ conflict }) => !conflict)).toHaveLength(1)
  })

  test('each schema is a world of its own', async () => {
    const [one, other] = [await instance({ database: database() }), await instance({ database: database() })]
    const flags = [one, other, one, other].map(
      async (staffa) => (await staffa.insert(newJob('send', {}, { unique: true }))).conflict,
    )

    expect((await Promise.all(flags)).toSorted()).toEqual([false, false, true, true])
    expect([await one.jobs.count(), await other.jobs.count()]).toEqual([1, 1])
  })

  test('a job that met another sends no notice and starts nothing', async () => {
    const staffa = await instance({ database: database() })
    await staffa.insert(newJob('send', {}, { unique: true, scheduleIn: { hours: 1 } }))
    const heard: unknown[] = []
    await new Promise<void>((listening) => staffa.listen('insert', (notice) => heard.push(notice), listening))
    await staffa.insert(newJob('send', {}, { unique: true }))
    await staffa.insert(newJob('last', {}, { queue: 'last' }))
    await expect.poll(() => heard.length).toBeGreaterThan(0)

    expect(heard).toEqual([{ queue: 'last' }])
  })
})
