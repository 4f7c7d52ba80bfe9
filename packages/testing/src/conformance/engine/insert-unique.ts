import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { JobState, NewJob } from '@staffa/core'
import { manualClock } from '../../manual-clock.ts'
import { assertFields, type Bench, draft, heard, ids, read, set, type Verb } from './bench.ts'

type Unique = NonNullable<NewJob['unique']>

const states: readonly JobState[] = ['suspended', 'scheduled', 'available', 'executing', 'retryable', 'completed']
const unique: Unique = Object.freeze({
  period: undefined,
  fields: Object.freeze(['worker'] as const),
  keys: Object.freeze([]),
  states,
  timestamp: 'insertedAt',
})

/** A job that equals others with the same mark. */
function marked(mark: string, given: Partial<NewJob> = {}): NewJob {
  const fingerprint = createHash('sha256').update(mark).digest('hex').slice(0, 32)

  return draft({ unique, ...given, fingerprint, meta: { ...given.meta, fingerprint } })
}

/** Inserts one job; tells its id and whether it met an equal one. */
async function insert({ engine }: Pick<Bench, 'engine'>, job: NewJob) {
  const [inserted] = await engine.insertJobs([job])
  assert.ok(inserted, 'expected a job back, got nothing')

  return inserted
}

/** Tells whether a second equal job meets the first, after something was done to that. */
async function conflicts(bench: Bench, given: Partial<NewJob>, between: (id: number) => Promise<unknown>) {
  const mark = JSON.stringify([given, between.toString()])
  const { id } = await insert(bench, marked(mark, given))
  await between(id)
  const second = await insert(bench, marked(mark, given))
  assert.equal(second.conflict, second.id === id)

  return second.conflict
}

const cases: Verb['cases'] = {
  'inserts one of several equal jobs, and gives it to every caller': async (bench) => {
    const first = await insert(bench, marked('a', { args: { number: 1 } }))
    const second = await insert(bench, marked('a', { args: { number: 2 } }))

    assert.equal(first.conflict, false)
    assert.deepEqual(second, { ...first, conflict: true })
    assert.equal(await bench.engine.countJobs({}), 1)
  },

  'inserts jobs that differ': async (bench) => {
    const jobs = await bench.engine.insertJobs([marked('a'), marked('b'), draft(), draft()])

    assert.equal(new Set(ids(jobs)).size, 4)
    assert.ok(jobs.every(({ conflict }) => !conflict))
  },

  'finds equal jobs within one list, and answers in its order': async (bench) => {
    const before = await insert(bench, marked('old'))
    const list = [marked('a'), marked('old'), draft(), marked('b'), marked('a'), marked('old'), marked('b')]
    const [a, old, plain, b, ...again] = await bench.engine.insertJobs(list)

    assert.equal(await bench.engine.countJobs({}), 4)
    assert.deepEqual(
      [a, old, plain, b].map((job) => job?.conflict),
      [false, true, false, false],
    )
    assert.equal(old?.id, before.id)
    assert.deepEqual(
      again.map((job) => [job.id, job.conflict]),
      [a, old, b].map((job) => [job?.id, true]),
    )
  },

  'counts an equal job only in the states that are named': async (bench) => {
    const named: Partial<NewJob> = { unique: { ...unique, states: ['available', 'executing'] } }
    for (const state of [...states, 'cancelled', 'discarded'] as const) {
      const expected = state === 'available' || state === 'executing'
      const found = await conflicts(bench, { ...named, args: { state } }, (id) =>
        set(bench, { id }, { state: `'${state}'` }),
      )

      assert.equal(found, expected, state)
    }
  },

  'counts an equal job for a period': async (bench) => {
    const clock = manualClock(new Date('2031-05-06T12:00:00Z'))
    const engine = bench.at(clock)
    const minute = { unique: { ...unique, period: 60_000 } }
    const { id } = await insert({ engine }, marked('a', minute))

    clock.advance({ seconds: 60 })
    assertFields(await insert({ engine }, marked('a', minute)), { id, conflict: true })
    clock.advance({ milliseconds: 1 })
    assertFields(await insert({ engine }, marked('a', minute)), { conflict: false })
  },

  'measures the period from the schedule when told so': async (bench) => {
    const clock = manualClock(new Date('2031-05-06T12:00:00Z'))
    const engine = bench.at(clock)
    const given = { delay: 600_000, unique: { ...unique, period: 60_000, timestamp: 'scheduledAt' } } as const
    await insert({ engine }, marked('a', given))

    clock.advance({ minutes: 11 })
    assert.equal((await insert({ engine }, marked('a', given))).conflict, true)
    clock.advance({ minutes: 11, milliseconds: 1 })
    assert.equal((await insert({ engine }, marked('a', given))).conflict, false)
  },

  'replaces the fields that are named for the state of the job it meets': async (bench) => {
    const replace = {
      scheduled: ['args', 'priority', 'maxAttempts', 'tags', 'queue', 'worker', 'scheduledAt'],
    } as const
    const old = { args: { number: 1 }, delay: 60_000, tags: ['old'] }
    const changes = { args: { number: 2 }, priority: 4, maxAttempts: 3, tags: ['new'], queue: 'q', worker: 'w' }
    const at = new Date('2031-05-06T12:00:00Z')
    const { id } = await insert(bench, marked('a', old))
    const second = await insert(bench, marked('a', { ...changes, scheduledAt: at, replace }))

    assertFields(second, { id, conflict: true, ...changes, scheduledAt: at })
    assertFields(await read(bench, { id }), { ...changes, scheduledAt: at, state: 'scheduled' })
  },

  'replaces nothing in other states, and no field that is not named': async (bench) => {
    const first = await insert(bench, marked('a', { args: { number: 1 }, priority: 1 }))
    const replace = { scheduled: ['args'], available: ['priority'] } as const
    await insert(bench, marked('a', { args: { number: 2 }, priority: 2, replace }))

    assertFields(await read(bench, first), { args: { number: 1 }, priority: 2 })
  },

  'never gives a job fewer attempts than it has had': async (bench) => {
    const first = await insert(bench, marked('a'))
    await set(bench, first, { attempt: 5 })
    await insert(bench, marked('a', { maxAttempts: 2, replace: { available: ['maxAttempts'] } }))

    assertFields(await read(bench, first), { attempt: 5, maxAttempts: 5 })
  },

  'sends no notice for a job that was there': async (bench) => {
    await insert(bench, marked('a', { queue: 'mail' }))
    const notices = await heard(bench, 'insert', async () => {
      await bench.engine.insertJobs([marked('a', { queue: 'mail' }), marked('b', { queue: 'media' })])
    })

    assert.deepEqual(notices, ['{"queue":"media"}'])
  },

  'forgets a job whose transaction was undone': async (bench) => {
    const work = bench.engine.transaction(async (on) => {
      await bench.engine.insertJobs([marked('a')], { on })
      throw new Error('undone')
    })
    await assert.rejects(work, /undone/)

    assert.equal((await insert(bench, marked('a'))).conflict, false)
  },

  'asks for a transaction that sees what others have committed': async (bench) => {
    const work = bench.engine.transaction(async (on) => {
      await on.query({ name: '', text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' }, [])
      await bench.engine.insertJobs([marked('a')], { on })
    })

    await assert.rejects(work, { code: 'INVALID_TRANSACTION' })
    assert.equal(await bench.engine.countJobs({}), 0)
  },
}

export const insertUnique: Verb = {
  verb: 'insertJobs, of unique jobs',
  cases,
  racing: {
    'inserts one, however many insert at once': async (bench) => {
      const inserted = await Promise.all(Array.from({ length: 20 }, () => insert(bench, marked('a'))))

      assert.equal(new Set(ids(inserted)).size, 1)
      assert.equal(inserted.filter(({ conflict }) => !conflict).length, 1)
      assert.equal(await bench.engine.countJobs({}), 1)
    },

    'inserts lists in any order at once, and never comes to a standstill': async (bench) => {
      const list = Array.from({ length: 30 }, (_, number) => marked(`job ${number}`))
      const lists = Array.from({ length: 8 }, (_, number) => (number % 2 ? list.toReversed() : list))
      const inserted = await Promise.all(lists.map((jobs) => bench.engine.insertJobs(jobs)))

      assert.equal(new Set(ids(inserted.flat())).size, 30)
      assert.equal(await bench.engine.countJobs({}), 30)
    },

    'waits for an equal job that is not committed yet, and inserts if that is undone': async (bench) => {
      const outcomes = [true, false]
      for (const commit of outcomes) {
        const mark = `commit ${commit}`
        const entered = Promise.withResolvers<void>()
        const leave = Promise.withResolvers<void>()
        const other = bench.engine.transaction(async (on) => {
          await bench.engine.insertJobs([marked(mark)], { on })
          entered.resolve()
          await leave.promise
          if (!commit) throw new Error('undone')
        })
        await entered.promise
        const waiting = insert(bench, marked(mark))
        leave.resolve()
        await other.catch(() => {})

        assert.equal((await waiting).conflict, commit)
      }
    },
  },
}
