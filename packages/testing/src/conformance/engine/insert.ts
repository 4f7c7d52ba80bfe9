import assert from 'node:assert/strict'
import { manualClock } from '../../manual-clock.ts'
import { assertFields, assertNear, draft, heard, ids, insert, insertOne, read, type Verb } from './bench.ts'
import { hostile } from './hostile.ts'

const noon = new Date('2031-05-06T12:00:00.123Z')

export const insertJobs: Verb = {
  verb: 'insertJobs',
  cases: {
    'gives every job back as it is stored': async (bench) => {
      const inserted = await insertOne(bench, {
        worker: 'mailer',
        queue: 'mail',
        args: { to: 'ann@example.com', nested: { list: [1, 2.5, null, true], '': 'x' } },
        meta: { origin: 'test' },
        tags: ['one', 'two'],
        priority: 3,
        maxAttempts: 7,
      })
      const { conflict, ...job } = inserted

      assert.equal(conflict, false)
      assert.deepEqual(await read(bench, inserted), job)
      assertFields(job, {
        state: 'available',
        worker: 'mailer',
        queue: 'mail',
        args: { to: 'ann@example.com', nested: { list: [1, 2.5, null, true], '': 'x' } },
        meta: { origin: 'test' },
        tags: ['one', 'two'],
        priority: 3,
        maxAttempts: 7,
        attempt: 0,
        errors: [],
        attemptedBy: [],
        attemptedAt: undefined,
        completedAt: undefined,
        cancelledAt: undefined,
        discardedAt: undefined,
      })
    },

    'gives thousands of jobs back in the order in which they were given': async (bench) => {
      const jobs = Array.from({ length: 5_000 }, (_, number) => draft({ args: { number }, priority: number % 4 }))
      const inserted = await bench.engine.insertJobs(jobs)

      assert.deepEqual(
        inserted.map(({ args }) => args.number),
        jobs.map(({ args }) => args.number),
      )
      assert.deepEqual(
        ids(inserted),
        ids(inserted).toSorted((a, b) => a - b),
        'ids ascend',
      )
      const stored = await bench.engine.listJobs({ limit: 5_000 })
      const numbers = new Map(stored.map(({ id, args }) => [id, args.number]))
      for (const { id, args } of inserted) assert.equal(numbers.get(id), args.number, 'each id is that of its own row')
      assert.equal(await bench.engine.countJobs({}), 5_000)
    },

    'does nothing for an empty list': async (bench) => {
      assert.deepEqual(await bench.engine.insertJobs([]), [])
    },

    "takes the time from the database's clock": async (bench) => {
      const [clock] = await bench.query<{ now: string }>('SELECT (extract(epoch FROM now()) * 1000)::text AS now')
      const { insertedAt, scheduledAt } = await insertOne(bench)

      assertNear(insertedAt, Number(clock?.now))
      assert.deepEqual(scheduledAt, insertedAt)
    },

    'takes the time from a clock that rules': async (bench) => {
      const engine = bench.at(manualClock(noon))

      assertFields(await insertOne({ engine }), { insertedAt: noon, scheduledAt: noon, state: 'available' })
    },

    'lets a job wait for an instant, also one in the past': async (bench) => {
      const past = new Date('2001-02-03T04:05:06.789Z')
      const [later, earlier] = await insert(bench, { scheduledAt: noon }, { scheduledAt: past })

      assertFields(later ?? {}, { state: 'scheduled', scheduledAt: noon })
      assertFields(earlier ?? {}, { state: 'scheduled', scheduledAt: past })
    },

    'lets a job wait from the moment of insertion': async (bench) => {
      const engine = bench.at(manualClock(noon))
      const job = await insertOne({ engine }, { delay: 90_000 })

      assertFields(job, { state: 'scheduled', insertedAt: noon, scheduledAt: new Date(noon.getTime() + 90_000) })
    },

    'inserts into the state that it is told': async (bench) => {
      assertFields(await insertOne(bench, { state: 'suspended' }), { state: 'suspended' })
      assertFields(await insertOne(bench, { state: 'suspended', delay: 1_000 }), { state: 'suspended' })
    },

    'stores a deadline as the instant at which it is over': async (bench) => {
      const engine = bench.at(manualClock(noon))
      const [now, later] = await insert({ engine }, { deadline: 60_000 }, { deadline: 60_000, delay: 5_000 })

      assert.deepEqual(now?.meta, { deadline: noon.getTime() + 60_000 })
      assert.deepEqual(later?.meta, { deadline: noon.getTime() + 65_000 })
    },

    'keeps names and values whole, whatever characters they have': async (bench) => {
      for (const text of hostile) {
        const given = { worker: text, queue: text, args: { [text]: text }, meta: { [text]: [text] }, tags: [text] }
        const inserted = await insertOne(bench, given)

        assertFields(inserted, given)
        assertFields(await read(bench, inserted), given)
      }
    },

    'writes nothing when one row is refused, and tells the code': async (bench) => {
      const jobs = [draft(), draft({ priority: -1 }), draft()]

      await assert.rejects(bench.engine.insertJobs(jobs), { code: '23514' })
      assert.equal(await bench.engine.countJobs({}), 0)
    },

    "is undone with the caller's transaction": async (bench) => {
      const undone = new Error('undone')
      const work = bench.engine.transaction(async (on) => {
        assert.equal((await bench.engine.insertJobs([draft(), draft()], { on })).length, 2)
        throw undone
      })

      await assert.rejects(work, undone)
      assert.equal(await bench.engine.countJobs({}), 0)
    },

    "is done with the caller's transaction": async (bench) => {
      await bench.engine.transaction((on) => bench.engine.insertJobs([draft()], { on }))

      assert.equal(await bench.engine.countJobs({}), 1)
    },

    'sends one notice a queue, for jobs that can run at once': async (bench) => {
      const notices = await heard(bench, 'insert', async () => {
        await insert(
          bench,
          { queue: 'mail' },
          { queue: 'mail' },
          { queue: 'later', delay: 1_000 },
          { queue: 'held', state: 'suspended' },
          { queue: 'media' },
        )
      })

      assert.deepEqual(notices.toSorted(), ['{"queue":"mail"}', '{"queue":"media"}'])
    },

    'sends no notice when told so': async (bench) => {
      const notices = await heard(bench, 'insert', async () => {
        await bench.engine.insertJobs([draft()], { notify: false })
      })

      assert.deepEqual(notices, [])
    },

    'sends no notice for what is undone': async (bench) => {
      const notices = await heard(bench, 'insert', async () => {
        const work = bench.engine.transaction(async (on) => {
          await bench.engine.insertJobs([draft()], { on })
          throw new Error('undone')
        })
        await assert.rejects(work, /undone/)
      })

      assert.deepEqual(notices, [])
    },
  },
  racing: {
    "is seen by nobody before the caller's transaction ends": async (bench) => {
      await bench.engine.transaction(async (on) => {
        await bench.engine.insertJobs([draft()], { on })
        assert.equal(await bench.engine.countJobs({}), 0)
      })
      assert.equal(await bench.engine.countJobs({}), 1)
    },
  },
}
