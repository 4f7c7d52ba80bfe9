import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TestStaffa } from '@staffa/testing'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { newJob } from '../../src/index.ts'
import { instance } from './kit.ts'

const url = () => inject('databaseUrl')
const job = newJob('send', { to: 'ann' }, { unique: true })

/** Another program, which inserts the same job 50 times at once when it is told to. */
async function inserter(prefix: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./programs/insert-unique.ts', import.meta.url))
  const child = fork(program, [url(), prefix])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'message')

  return child
}

/** A session of its own, with a transaction open. */
async function transaction(begin = 'BEGIN'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url() })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(begin)

  return client
}

/**
 * Resolves when somebody waits for what this transaction has locked. Asks outside of it: inside, the answer is kept.
 * An index that is built concurrently, in another test, waits for every transaction; not for a lock of its kind.
 */
async function waitedFor(staffa: TestStaffa, blocker: pg.Client): Promise<void> {
  const { rows } = await blocker.query('SELECT pg_backend_pid() AS pid')
  const waiters = `SELECT 1 FROM pg_stat_activity
    WHERE wait_event = 'advisory' AND ${rows[0].pid} = ANY (pg_blocking_pids(pid))`
  await expect.poll(() => staffa.query(waiters)).toHaveLength(1)
}

test('of 200 inserters in four programs one writes, and everyone gets that job', async () => {
  const staffa = await instance()
  const programs = await Promise.all(Array.from({ length: 4 }, () => inserter(staffa.prefix)))
  const answers = programs.map(async (program) => {
    const answer = once(program, 'message')
    program.send('go')
    const [got] = (await answer) as [(readonly [id: number, conflict: boolean])[]]

    return got
  })
  const got = (await Promise.all(answers)).flat()

  const stored = await staffa.jobs.list({ worker: 'send' })
  expect(stored).toHaveLength(1)
  expect(got).toHaveLength(200)
  expect(new Set(got.map(([id]) => id))).toEqual(new Set([stored[0]?.id]))
  expect(got.filter(([, conflict]) => !conflict)).toHaveLength(1)
  expect(await staffa.jobs.count({ worker: 'other' })).toBe(40)
})

test('who comes second waits for the transaction of the first, and gets its job when that commits', async () => {
  const staffa = await instance()
  const [first, second] = [await transaction(), await transaction()]
  const mine = await staffa.insert(job, { transaction: first as never })
  const theirs = staffa.insert(job, { transaction: second as never })
  await waitedFor(staffa, first)
  await first.query('COMMIT')

  expect(await theirs).toMatchObject({ id: mine.id, conflict: true })
})

test('who comes second inserts when the transaction of the first rolls back', async () => {
  const staffa = await instance()
  const first = await transaction()
  const mine = await staffa.insert(job, { transaction: first as never })
  const theirs = staffa.insert(job)
  await waitedFor(staffa, first)
  await first.query('ROLLBACK')

  expect(await theirs).toMatchObject({ conflict: false })
  expect((await theirs).id).not.toBe(mine.id)
})

test('two transactions with lists in opposite orders do not block each other for ever', async () => {
  const staffa = await instance()
  const list = Array.from({ length: 40 }, (_n, n) => newJob('send', { n }, { unique: true }))
  const insert = async (jobs: typeof list) => {
    const client = await transaction()
    const inserted = await staffa.insertAll(jobs, { transaction: client as never })
    await client.query('COMMIT')

    return inserted
  }
  const results = await Promise.all([insert(list), insert(list.toReversed()), insert(list), insert(list.toReversed())])

  expect(results.flat().filter(({ conflict }) => !conflict)).toHaveLength(list.length)
  expect(await staffa.jobs.count()).toBe(list.length)
})

describe('in the transaction of a caller', () => {
  test('an equal job counts from the moment it is inserted there', async () => {
    const staffa = await instance()
    const flags = await staffa.database.kysely.transaction().execute(async (transaction) => {
      const [first] = await staffa.insertAll([job], { transaction })
      const second = await staffa.insert(job, { transaction })
      const [third, fourth] = await staffa.insertAll([job, job], { transaction })
      expect(new Set([first, second, third, fourth].map((inserted) => inserted?.id)).size).toBe(1)

      return [first, second, third, fourth].map((inserted) => inserted?.conflict)
    })

    expect(flags).toEqual([false, true, true, true])
    expect(await staffa.jobs.count()).toBe(1)
  })
})

test.each(['REPEATABLE READ', 'SERIALIZABLE'])('what sees a frozen past cannot be exact: %s', async (level) => {
  const staffa = await instance()
  const client = await transaction(`BEGIN ISOLATION LEVEL ${level}`)
  const inserting = staffa.insert(job, { transaction: client as never })
  await expect(inserting).rejects.toMatchObject({
    code: 'INVALID_TRANSACTION',
    data: { isolation: level.toLowerCase() },
  })
  await staffa.insert(newJob('plain', {}), { transaction: client as never })
  await client.query('COMMIT')

  expect((await staffa.jobs.list()).map(({ worker }) => worker)).toEqual(['plain'])
})
