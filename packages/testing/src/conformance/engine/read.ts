import assert from 'node:assert/strict'
import { jobStates } from '@staffa/core'
import { assertFields, type Bench, ids, insert, insertOne, read, set, type Verb } from './bench.ts'
import { hostile } from './hostile.ts'

export const getJob: Verb = {
  verb: 'getJob',
  cases: {
    'gives nothing for an id that is nobody’s': async (bench) => {
      assert.equal(await bench.engine.getJob(2 ** 52), undefined)
    },

    'reads every timestamp to the millisecond, as UTC': async (bench) => {
      const job = await insertOne(bench)
      const columns = ['inserted', 'scheduled', 'attempted', 'completed', 'cancelled', 'discarded']
      const values = columns.map((name, number) => [`${name}_at`, `'2024-02-29 23:59:5${number}.123456'`])
      await set(bench, job, Object.fromEntries(values))
      const at = (second: number) => new Date(`2024-02-29T23:59:5${second}.123Z`)

      assertFields(await read(bench, job), {
        insertedAt: at(0),
        scheduledAt: at(1),
        attemptedAt: at(2),
        completedAt: at(3),
        cancelledAt: at(4),
        discardedAt: at(5),
      })
    },

    'reads rows that strangers have left without meta, tags or attempts': async (bench) => {
      const job = await insertOne(bench, { tags: ['one'], meta: { some: 1 } })
      for (const column of await nullable(bench)) await set(bench, job, { [column]: 'NULL' })
      const columns = await nullable(bench)
      const emptied = {
        ...(columns.includes('meta') && { meta: {} }),
        ...(columns.includes('tags') && { tags: [] }),
        ...(columns.includes('attempted_by') && { attemptedBy: [] }),
      }

      assertFields(await read(bench, job), { id: job.id, state: 'available', ...emptied })
    },

    'reads errors of any shape': async (bench) => {
      const job = await insertOne(bench)
      const entries = [
        { at: '2024-01-02T03:04:05.678901Z', attempt: 1, error: '** (RuntimeError) boom' },
        { at: '2024-01-02T03:04:05Z', attempt: 2, error: { kind: 'odd' }, extra: true },
        'only text',
        null,
        [],
      ]
      const [column] = await bench.query<{ type: string }>(
        `SELECT format_type(atttypid, NULL) AS type FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attname = 'errors'`,
        [bench.jobs],
      )
      const items = entries.map((entry) => `'${JSON.stringify(entry)}'::jsonb`).join(', ')
      await set(bench, job, {
        errors: column?.type === 'jsonb' ? `'${JSON.stringify(entries)}'::jsonb` : `ARRAY[${items}]`,
      })
      const { errors } = await read(bench, job)

      assert.equal(errors.length, entries.length)
      assert.deepEqual(errors[0], {
        at: new Date('2024-01-02T03:04:05.678Z'),
        attempt: 1,
        error: '** (RuntimeError) boom',
      })
      assert.equal(errors[2]?.error, 'only text')
      for (const { error } of errors) assert.equal(typeof error, 'string')
    },

    'reads attempts of strangers': async (bench) => {
      const job = await insertOne(bench)
      await set(bench, job, { attempted_by: `ARRAY['node@host', 'a-producer', 'and more']` })

      assertFields(await read(bench, job), { attemptedBy: ['node@host', 'a-producer', 'and more'] })
    },

    'reads a schedule that never comes': async (bench) => {
      const [never, always] = await insert(bench, {}, {})
      assert.ok(never && always)
      await set(bench, never, { scheduled_at: `'infinity'` })
      await set(bench, always, { scheduled_at: `'-infinity'` })

      assert.ok((await read(bench, never)).scheduledAt.getTime() > Date.UTC(9999, 0))
      assert.ok((await read(bench, always)).scheduledAt.getTime() < 0)
    },
  },
}

/** The columns that may be NULL: Oban allows it where oban-py does not. */
async function nullable({ query, jobs }: Bench): Promise<readonly string[]> {
  const rows = await query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attnotnull AND NOT attisdropped`,
    [jobs],
  )

  return rows.map(({ name }) => name)
}

export const listJobs: Verb = {
  verb: 'listJobs and countJobs',
  cases: {
    'lists the newest first, page by page': async (bench) => {
      const jobs = await insert(bench, {}, {}, {}, {}, {})
      const newest = ids(jobs).toReversed()

      assert.deepEqual(ids(await bench.engine.listJobs({})), newest)
      assert.deepEqual(ids(await bench.engine.listJobs({ limit: 2 })), newest.slice(0, 2))
      assert.deepEqual(ids(await bench.engine.listJobs({ limit: 2, before: newest[1] })), newest.slice(2, 4))
    },

    'lists a hundred jobs unless told otherwise': async (bench) => {
      await insert(bench, ...Array.from({ length: 101 }, () => ({})))

      assert.equal((await bench.engine.listJobs({})).length, 100)
      assert.equal(await bench.engine.countJobs({}), 101)
    },

    'finds jobs by each field, and by several at once': async (bench) => {
      const [one, two, three] = await insert(
        bench,
        { queue: 'a', worker: 'x', priority: 1, tags: ['red', 'blue'], args: { deep: { n: 1 }, list: [1, 2] } },
        { queue: 'b', worker: 'x', priority: 2, tags: ['red'], meta: { deep: { n: 1 } } },
        { queue: 'c', worker: 'y', priority: 3, state: 'suspended' },
      )
      const filters = [
        [{ id: one?.id }, [one]],
        [{ id: [] }, []],
        [{ id: [one?.id ?? 0, three?.id ?? 0] }, [three, one]],
        [{ state: 'suspended' }, [three]],
        [{ state: ['suspended', 'available'] }, [three, two, one]],
        [{ queue: 'a' }, [one]],
        [{ queue: ['a', 'c'] }, [three, one]],
        [{ worker: 'x' }, [two, one]],
        [{ priority: [2, 3] }, [three, two]],
        [{ tags: ['red'] }, [two, one]],
        [{ tags: ['red', 'blue'] }, [one]],
        [{ args: { deep: { n: 1 } } }, [one]],
        [{ args: { deep: { n: 2 } } }, []],
        [{ args: { list: [2] } }, [one]],
        [{ meta: { deep: { n: 1 } } }, [two]],
        [{ meta: {} }, [three, two, one]],
        [{ worker: 'x', queue: 'b' }, [two]],
        [{ worker: 'y', queue: 'b' }, []],
      ] as const
      for (const [filter, expected] of filters) {
        const found = await bench.engine.listJobs(filter as never)

        assert.deepEqual(ids(found), ids(expected as never), JSON.stringify(filter))
        assert.equal(await bench.engine.countJobs(filter as never), expected.length, JSON.stringify(filter))
      }
    },

    'finds jobs in each state': async (bench) => {
      for (const state of jobStates) await set(bench, await insertOne(bench), { state: `'${state}'` })
      for (const state of jobStates) {
        assert.deepEqual(
          (await bench.engine.listJobs({ state })).map((job) => job.state),
          [state],
        )
      }
    },

    'finds jobs whatever characters the filter has': async (bench) => {
      for (const text of hostile) {
        const { id } = await insertOne(bench, {
          queue: text,
          worker: text,
          tags: [text],
          args: { [text]: text },
          meta: { [text]: [text] },
        })
        const filters = [
          { queue: text },
          { worker: [text] },
          { tags: [text] },
          { args: { [text]: text } },
          { meta: { [text]: [text] } },
        ]
        for (const filter of filters) {
          assert.deepEqual(ids(await bench.engine.listJobs(filter)), [id], JSON.stringify(filter))
        }
      }
    },
  },
}
