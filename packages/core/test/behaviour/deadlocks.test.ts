import type { TestStaffa } from '@staffa/testing'
import { beforeAll, expect, test } from 'vitest'
import { worker } from '../../src/index.ts'
import { shared, still } from './kit.ts'

const choice = { queue: 'default' }
const again = worker({ name: 'again', unique: true, replace: ['priority'] })
  .typed<{ n: number }>()
  .process(() => {})

type Change = (staffa: TestStaffa) => Promise<number>

const changes: readonly (readonly [name: string, change: Change, left: readonly string[]])[] = [
  ['cancelling', ({ jobs }) => jobs.cancel(choice), ['cancelled', 'cancelled']],
  ['retrying', ({ jobs }) => jobs.retry(choice), ['available', 'available']],
  ['deleting', ({ jobs }) => jobs.delete(choice), []],
  ['updating', ({ jobs }) => jobs.update(choice, { priority: 3 }), ['scheduled', 'scheduled']],
  ['replacing', replace, ['scheduled', 'scheduled']],
]

/** Inserts jobs that equal those which are there, and change them. */
async function replace(staffa: TestStaffa): Promise<number> {
  const replaced = await staffa.insertAll([1, 2].map((n) => again.new({ n }, { scheduleIn: 600, priority: 3 })))

  return replaced.filter(({ conflict }) => conflict).length
}

const opened = shared(() => still)
const schema = () => `"${opened().prefix}"`

/** The table ends changes as a server does that has found a deadlock, for as long as a sequence is below one. */
beforeAll(async () => {
  const staffa = opened()
  await staffa.query(`CREATE SEQUENCE ${schema()}.changes MINVALUE -1000`) // no rollback takes its numbers back
  await staffa.query(`CREATE FUNCTION ${schema()}.deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('${schema()}.changes') < 1 THEN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END IF;
    RETURN NULL; END $$`)
  await staffa.query(`CREATE TRIGGER deadlock AFTER UPDATE OR DELETE ON ${schema()}.oban_jobs
    EXECUTE FUNCTION ${schema()}.deadlock()`)
})

/** Two jobs, of which the first changes end so. */
async function twoJobs(deadlocks: number): Promise<TestStaffa> {
  const staffa = opened()
  await staffa.query(`TRUNCATE ${schema()}.oban_jobs`)
  await staffa.insertAll([1, 2].map((n) => again.new({ n }, { scheduleIn: 600 })))
  await staffa.query(`ALTER SEQUENCE ${schema()}.changes RESTART WITH ${1 - deadlocks}`)

  return staffa
}

test.each(changes)('%s is repeated when the server ended it to resolve a deadlock', async (_name, change, left) => {
  const staffa = await twoJobs(2)

  expect(await change(staffa)).toBe(2)
  expect((await staffa.jobs.list()).map(({ state }) => state)).toEqual(left)
})

test.each(changes)(
  '%s is given up when that happens again and again, and has changed nothing',
  async (_name, change) => {
    const staffa = await twoJobs(100)

    await expect(change(staffa)).rejects.toMatchObject({ code: '40P01' })
    expect((await staffa.jobs.list()).map(({ state, priority }) => `${state} ${priority}`)).toEqual([
      'scheduled 0',
      'scheduled 0',
    ])
  },
)
