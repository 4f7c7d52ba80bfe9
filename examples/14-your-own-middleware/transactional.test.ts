import { PGlite, type Transaction } from '@electric-sql/pglite'
import { cancel, fail, type Job, type Outcome, Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { transactional } from './transactional.ts'

let database: PGlite
let staffa: Staffa | undefined

beforeAll(async () => {
  database = await PGlite.create()
  await database.exec('CREATE TABLE effects (attempt int)')
}, 60_000)
beforeEach(async () => {
  await database.exec('DELETE FROM effects')
})
afterEach(() => staffa?.stop())
afterAll(() => database.close())

/** Runs a job that writes something and then ends like this; gives the job, and how often the effect is there. */
async function effectOf(end: (job: Job) => Outcome | undefined): Promise<readonly [string | undefined, number]> {
  const writer = worker({ name: 'writer', maxAttempts: 2, backoff: () => 0 })
    .use(transactional<Transaction>((work) => database.transaction(work)))
    .process(async ({ job, trx }) => {
      await trx.query('INSERT INTO effects VALUES ($1)', [job.attempt])

      return end(job)
    })
  staffa = new Staffa({ database: pglite(database), workers: [writer], queues: {} })
  await staffa.migrate()
  const { id } = await staffa.insert(writer.new({}))
  await staffa.drain({ queue: 'default', scheduled: true, recursion: true })
  const { rows } = await database.query<{ attempt: number }>('SELECT attempt FROM effects')

  return [(await staffa.jobs.get(id))?.state, rows.length]
}

test('what a job writes is there when it completes', async () => {
  expect(await effectOf(() => undefined)).toEqual(['completed', 1])
})

test('what it wrote before it cancelled itself is kept', async () => {
  expect(await effectOf(() => cancel('enough'))).toEqual(['cancelled', 1])
})

test.each<[string, (job: Job) => Outcome | undefined]>([
  ['returned fail()', ({ attempt }) => (attempt === 1 ? fail('not yet') : undefined)],
  ['threw', ({ attempt }) => (attempt === 1 ? JSON.parse('{') : undefined)],
])('what the first attempt wrote before it %s is not, so the effect is there once', async (_, end) => {
  expect(await effectOf(end)).toEqual(['completed', 1])
})

test('a job that is given up leaves nothing behind', async () => {
  expect(await effectOf(() => fail('never'))).toEqual(['discarded', 0])
})

test('a job that was taken away meanwhile leaves nothing behind', async () => {
  const writer = worker({ name: 'writer' })
    .use(transactional<Transaction>((work) => database.transaction(work)))
    .process(async ({ trx }) => {
      await trx.query('INSERT INTO effects VALUES (1)')
      await trx.query("UPDATE oban_jobs SET state = 'cancelled' WHERE state = 'executing'")
    })
  staffa = new Staffa({ database: pglite(database), workers: [writer] })
  await staffa.migrate()
  await staffa.insert(writer.new({}))
  await staffa.drain({ queue: 'default' })
  const { rows } = await database.query('SELECT * FROM effects')

  expect(rows).toEqual([])
})
