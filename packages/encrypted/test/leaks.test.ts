import { inspect } from 'node:util'
import type { Job, Worker } from '@staffa/core'
import { fetchRecorded } from '@staffa/recorded'
import { settled, type TestStaffa, testStaffa } from '@staffa/testing'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { encrypted } from '../src/index.ts'
import { args, clearFingerprint, ends, key, type Lock, otherKey, result, workersOf } from './paths.ts'
import { dump, leaks, witness } from './witness.ts'

const clear = [args.who, ...args.nested.list, ...Object.keys(args.nested).filter((name) => name !== 'list'), result]
const keys = [key, otherKey].flatMap((text) => [text, Buffer.from(text, 'base64')])
const mark = clearFingerprint()
const secrets = [...clear, mark, ...keys]

const states = ['completed', 'scheduled', 'retryable', 'cancelled', 'discarded'] as const

/** Takes every path once; gives everything that was left behind and heard. */
async function everyPath(database: string | undefined, lock: Lock) {
  const { logger, heard, hear, stop } = witness()
  onTestFinished(stop)
  const workers = workersOf({ lock, drifted: true })
  const options = { workers, queues: { default: 2 }, onFinished: onTestFinished }
  const staffa = await testStaffa({ ...options, database, logger })
  // Those that can't seal are given what another could, under their name.
  const jobs = await staffa.insertAll(workersOf({ lock: () => lock({ key }) }).map((by) => by.new(args)))
  hear(jobs)
  for (const name of ['unique', 'malformed', 'unfetched', 'drifted']) {
    await staffa.insert(find(workers, name).new(args)).then(hear, hear)
  }
  await damage(staffa)
  await staffa.start()
  const ended = await Promise.all(jobs.map(({ id }) => settled(staffa, id, { states })))
  hear(ended)
  await misfetch(staffa, find(workers, 'completes'), { ended, hear })
  await staffa.stop()

  return { heard, rows: await dump(staffa), states: Object.fromEntries(ended.map((job) => [job.worker, job.state])) }
}

function find<Named extends { readonly name: string }>(list: readonly Named[], name: string): Named {
  return list.find((one) => one.name === name) as Named
}

/** What only somebody with the database at hand can do. */
async function damage(staffa: TestStaffa): Promise<void> {
  const jobs = `"${staffa.prefix}".oban_jobs`
  await staffa.query(`UPDATE ${jobs} SET args = jsonb_set(args, '{data}', to_jsonb(
    left(args ->> 'data', -1) || CASE right(args ->> 'data', 1) WHEN 'A' THEN 'Q' ELSE 'A' END))
    WHERE worker = 'tampered' AND args ? 'data'`)
  await staffa.query(`UPDATE ${jobs} SET args = '{"not": "sealed"}' WHERE worker = 'plain'`)
}

interface Fetching {
  readonly ended: readonly Job[]
  readonly hear: (error: unknown) => void
}

/** Fetches the result once as it is, and then from what it is not. */
async function misfetch(staffa: TestStaffa, by: Worker, { ended, hear }: Fetching): Promise<void> {
  const job = ended.find(({ worker }) => worker === by.name) as Job
  expect(await fetchRecorded(staffa, by, job)).toBe(result)

  for (const broken of [job.args.data ?? 'v1', `${job.meta.return}A`, 'v1', Buffer.from('x').toString('base64')]) {
    const error = fetchRecorded(staffa, by, { ...job, meta: { ...job.meta, return: broken } })
    await error.then(hear, hear)
  }
}

const bare: Lock = () => ({ plugin: 'no encryption' })

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('on %s', (_, url) => {
  test('no secret is left in the database, nor in what is heard of a run in which everything fails once', async () => {
    const { heard, rows, states } = await everyPath(url(), encrypted)

    expect(states).toEqual(ends)
    expect(leaks(rows, secrets)).toEqual([])
    expect(leaks(heard, secrets)).toEqual([])
  })
})

test('without encryption there would be something to find', async () => {
  const { heard, rows } = await everyPath(undefined, bare)

  expect(leaks(rows, secrets)).toEqual([...clear, mark])
  expect(leaks(heard, secrets)).toEqual([...clear, mark])
  expect(leaks([Buffer.from(`a${result}b`).toString('base64')], secrets)).toEqual([result])
  expect(leaks([inspect(keys)], secrets)).toEqual(keys)
})
