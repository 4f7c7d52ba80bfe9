import { type TestStaffa, untilEvent } from '@staffa/testing'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { ReindexerSettings } from '../../src/index.ts'
import { instance } from './kit.ts'

const interval = { milliseconds: 50 }

const node = (reindexer: ReindexerSettings, options: object = {}) =>
  instance({ reindexer: { interval, ...reindexer }, node: 'reindexes', ...options })

/** Starts the node; gives what the reindexer tells of its next turn, as a leader if the node is to lead. */
async function turn(staffa: TestStaffa, leads = true) {
  const elected = leads ? untilEvent('leader.election', ({ leader }) => leader) : Promise.resolve()
  const told = elected.then(() => {
    const isReindexer = ({ service }: { service: string }) => service === 'reindexer'
    const [stop, exception] = [untilEvent('service.stop', isReindexer), untilEvent('service.exception', isReindexer)]
    for (const unneeded of [stop, exception]) unneeded.catch(() => {})

    return Promise.race([stop, exception])
  })
  await staffa.start()

  return told
}

const files = (staffa: TestStaffa) =>
  staffa.query(
    `SELECT relname, pg_relation_filenode(oid) AS file FROM pg_class WHERE relkind = 'i' AND relnamespace = $1::regnamespace
     AND relname = ANY ('{oban_jobs_staffa_fetch,oban_jobs_staging_index,oban_jobs_pkey}') ORDER BY relname`,
    [staffa.prefix],
  )

test('rebuilds the indexes that grow the most, while they are in use', async () => {
  const staffa = await node({})
  const before = await files(staffa)
  expect(before).toHaveLength(3)
  expect(await turn(staffa)).toMatchObject({
    result: { reindexed: ['oban_jobs_staffa_fetch', 'oban_jobs_staging_index'], dropped: [] },
  })
  const after = await files(staffa)

  expect(before.map(({ file }, n) => file === after[n]?.file)).toEqual([true, false, false])
})

test('every index is tried, and the failures are told together', async () => {
  const staffa = await node({ indexes: ['missing-1', 'oban_jobs_pkey', 'missing-2"'] })
  const before = await files(staffa)
  const { error } = (await turn(staffa)) as unknown as { error: AggregateError }

  expect(error.errors).toMatchObject([{ code: '42P01' }, { code: '42P01' }])
  expect(error.errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('missing-1'),
    expect.stringContaining('missing-2"'),
  ])
  const after = await files(staffa)
  expect(before.map(({ file }, n) => file === after[n]?.file)).toEqual([false, true, true])
})

test('what an interrupted rebuild has left is dropped, in this schema alone', async () => {
  const [staffa, neighbour] = [await node({ indexes: [] }), await instance()]
  for (const { prefix } of [staffa, neighbour]) {
    await staffa.query(`CREATE INDEX oban_jobs_left_ccnew ON "${prefix}".oban_jobs (id)`)
    await staffa.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"${prefix}".oban_jobs_left_ccnew'::regclass`,
    )
  }

  expect(await turn(staffa)).toMatchObject({ result: { reindexed: [], dropped: ['oban_jobs_left_ccnew'] } })
  const left = `SELECT 1 FROM pg_class WHERE relname = 'oban_jobs_left_ccnew' AND relnamespace = $1::regnamespace`
  expect(await staffa.query(left, [staffa.prefix])).toEqual([])
  expect(await staffa.query(left, [neighbour.prefix])).toHaveLength(1)
})

test('an index that somebody is building is left alone', async () => {
  const staffa = await node({ indexes: [] })
  const builder = new pg.Client({ connectionString: inject('databaseUrl') })
  await builder.connect()
  onTestFinished(() => builder.end())
  const built = await staffa.database.transaction(async (writing) => {
    await writing.query({ name: '', text: `INSERT INTO "${staffa.prefix}".oban_jobs (worker) VALUES ('noop')` }, [])
    const building = builder.query(`CREATE INDEX CONCURRENTLY oban_jobs_slow ON "${staffa.prefix}".oban_jobs (worker)`)
    const begun = `SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('"${staffa.prefix}".oban_jobs_slow')`
    await expect.poll(() => staffa.query(begun)).toHaveLength(1)
    expect(await turn(staffa)).toMatchObject({ result: { dropped: [] } })

    return { building }
  })
  await built.building
  await untilEvent('service.stop', ({ service }) => service === 'reindexer')

  const valid = `SELECT indisvalid FROM pg_index WHERE indexrelid = '"${staffa.prefix}".oban_jobs_slow'::regclass`
  expect(await staffa.query(valid)).toEqual([{ indisvalid: true }])
})

test('a node that does not lead rebuilds nothing', async () => {
  const staffa = await node({}, { leader: false })
  const before = await files(staffa)

  expect(await turn(staffa, false)).toMatchObject({ result: { reindexed: [], dropped: [] } })
  expect(await files(staffa)).toEqual(before)
})
