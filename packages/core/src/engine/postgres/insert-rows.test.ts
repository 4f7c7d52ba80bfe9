import { expect, test } from 'vitest'
import { sessions } from '../../../test/interleavings/sessions.ts'
import { type InsertedJob, type Job, type JobOptions, newJob } from '../../index.ts'

const opened = sessions()
const jobs = Array.from({ length: 200 }, (_, n) => newJob('worker', { n }, { priority: n % 10, scheduleIn: 1_000 - n }))

const stored = async () =>
  (await opened().watcher.engine.listJobs({ limit: 1_000 })).map(({ id, args }) => [id, args.n]).toReversed()

test.each([
  'RESET ALL',
  'SET enable_nestloop = off',
  'SET enable_hashjoin = off; SET enable_mergejoin = off',
  'SET enable_material = off',
  'SET debug_parallel_query = on',
  'SET jit = on; SET jit_above_cost = 0',
  'SET work_mem = 64',
])('each job of a list gets the id of its own row, whatever the planner does: %s', async (settings) => {
  const { a } = opened()
  for (const setting of settings.split('; ')) await a.sql(setting)
  const inserted = await a.engine.insertJobs(jobs)
  await a.sql('RESET ALL')

  expect(inserted.map(({ id, args }) => [id, args.n])).toEqual(await stored())
  expect(inserted.map(({ args }) => args)).toEqual(jobs.map(({ args }) => args))
})

test('ids follow the list, so that what is inserted first is fetched first', async () => {
  const inserted = await opened().a.engine.insertJobs(jobs)
  const ids = inserted.map(({ id }) => id)

  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
})

test.each<[string, JobOptions]>([
  ['nothing', {}],
  ['a time', { scheduledAt: new Date(Date.UTC(2030, 1, 3, 4, 5, 6, 789)) }],
  ['a delay', { scheduleIn: { hours: 1 } }],
  ['a deadline', { deadline: { minutes: 5 }, meta: { a: [1] } }],
  ['all else', { queue: 'other', priority: 3, maxAttempts: 7, tags: ['a', 'b'], meta: { b: 'c' } }],
])('jobs that differ in their args alone are stored as they would be among others: %s', async (_, options) => {
  const { engine } = opened().a
  const first = newJob('worker', { n: 0 }, options)
  const alike = Array.from({ length: 3 }, (_, n) => ({ ...first, args: { n } }))
  const [together, among] = [await engine.insertJobs(alike), await engine.insertJobs([...alike, newJob('other', {})])]
  const lasting = ({ id, insertedAt, scheduledAt, meta: { deadline, ...meta }, ...rest }: Job) => ({
    ...rest,
    meta,
    due: options.scheduledAt ? scheduledAt : Math.round((+scheduledAt - +insertedAt) / 1_000),
    patience: deadline === undefined ? undefined : Number(deadline) - +scheduledAt,
  })
  const read = async (list: readonly InsertedJob[]) => Promise.all(list.map(({ id }) => engine.getJob(id)))
  const [one, other] = [await read(together), await read(among.slice(0, 3))]

  expect(one.map((job) => lasting(job as Job))).toEqual(other.map((job) => lasting(job as Job)))
  expect(together.map(({ conflict, ...job }) => job)).toEqual(one)
})

test.each<[string, JobOptions]>([
  ['nothing else', {}],
  ['a deadline', { deadline: { minutes: 5 } }],
  ['other meta', { meta: { b: 'c' } }],
])('jobs that differ in their args and fingerprints are stored with these, and found again: %s', async (_, options) => {
  const { engine } = opened().a
  const first = newJob('worker', { n: 0 }, { ...options, unique: true })
  const marked = Array.from({ length: 3 }, (_, n) => {
    const fingerprint = `${n}`.repeat(32)

    return { ...first, args: { n }, fingerprint, meta: { ...first.meta, fingerprint } }
  })
  const inserted = await engine.insertJobs(marked)
  const again = await engine.insertJobs([...marked, newJob('other', {})])
  const read = await Promise.all(inserted.map(({ id }) => engine.getJob(id)))

  expect(inserted.map(({ conflict, ...job }) => job)).toEqual(read)
  expect(read).toMatchObject(marked.map(({ args, meta }) => ({ args, meta })))
  expect(again.map(({ id, conflict }) => conflict && id)).toEqual([...inserted.map(({ id }) => id), false])
})

test('jobs that differ in their args alone are stored as they are, however long their args', async () => {
  const { engine } = opened().a
  const first = newJob('worker', { n: 0 })
  const list = ['a', 'b', 'c'].map((letter) => ({ ...first, args: { text: letter.repeat(6_000_000) } }))
  const inserted = await engine.insertJobs(list)
  const read = await Promise.all(inserted.map(({ id }) => engine.getJob(id)))
  const same = read.map((job, index) => job?.args.text === list[index]?.args.text)

  expect(same).toEqual([true, true, true])
})

test('what a trigger makes of a row is told, of each row its own', async () => {
  const { a, watcher, jobs: table, staffa } = opened()
  await watcher.sql(`CREATE FUNCTION "${staffa.prefix}".put_off() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN new.scheduled_at := timestamp '2030-01-01' + (new.args ->> 'n')::int % 3 * interval '1 day'; RETURN new; END $$`)
  await watcher.sql(`CREATE TRIGGER put_off BEFORE INSERT ON ${table} FOR EACH ROW
    EXECUTE FUNCTION "${staffa.prefix}".put_off()`)
  const first = newJob('worker', { n: 0 })
  const inserted = await a.engine.insertJobs(Array.from({ length: 20 }, (_, n) => ({ ...first, args: { n } })))
  await watcher.sql(`DROP FUNCTION "${staffa.prefix}".put_off CASCADE`)
  const read = await Promise.all(inserted.map(({ id }) => watcher.engine.getJob(id)))

  expect(inserted.map(({ conflict, ...job }) => job)).toEqual(read)
  expect(inserted.map(({ scheduledAt }) => scheduledAt.getUTCDate())).toEqual(
    Array.from({ length: 20 }, (_, n) => 1 + (n % 3)),
  )
})

test('a job that a trigger swallows is missed, and no other is taken for it', async () => {
  const { a, watcher, jobs: table, staffa } = opened()
  await watcher.sql(`CREATE FUNCTION "${staffa.prefix}".swallow() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN IF new.args ->> 'n' = '7' THEN RETURN NULL; END IF; RETURN new; END $$`)
  await watcher.sql(`CREATE TRIGGER swallow BEFORE INSERT ON ${table} FOR EACH ROW
    EXECUTE FUNCTION "${staffa.prefix}".swallow()`)
  const message = 'expected 200 jobs to be written, got 199'

  await expect(a.engine.insertJobs(jobs)).rejects.toMatchObject({ code: 'DATABASE_FAILED', message })
  await expect(a.engine.insertJobs(jobs.slice(7, 8))).rejects.toMatchObject({ code: 'DATABASE_FAILED' })
})
