import { describe, expect, test } from 'vitest'
import { type JobOptions, newJob } from '../../src/index.ts'
import type { NewJob } from '../../src/job/job.ts'
import type { JobState } from '../../src/job/state.ts'
import { prepare } from '../../src/layers/prepare.ts'
import { meet, type Session, sessions } from './sessions.ts'
import { nothing, silent, type VerbName, verbs } from './verbs.ts'

const opened = sessions()

/** A job equal to every other that this makes. */
const equal = (options: JobOptions = {}): Promise<NewJob> =>
  prepare(newJob('worker', { n: 1 }, { unique: { period: 'infinity', states: 'incomplete' }, ...options }), [])

/** Inserts a job; tells whether it met another. */
const insert = (job: NewJob) => async (session: Session) => {
  const [inserted] = await session.engine.insertJobs([job], session === opened().a ? { on: session.on } : {})

  return inserted?.conflict ? `met ${inserted.id}` : 'written'
}

const columns: Readonly<Partial<Record<JobState, string>>> = {
  scheduled: `scheduled_at = now() AT TIME ZONE 'UTC' - interval '1 hour'`,
  executing: `attempt = 1, attempted_by = '{gone,${silent}}'`,
}

/** Stores the twin, with id 1. */
async function twin(state: JobState): Promise<void> {
  const { watcher, jobs } = opened()
  await insert(await equal())(watcher)
  await watcher.sql(`UPDATE ${jobs} SET id = 1, state = '${state}', ${columns[state] ?? 'attempt = 0'}`)
}

const stored = async () =>
  (await opened().watcher.engine.listJobs({})).map(({ state, priority }) => `${state} ${priority}`).toReversed()

type Ending = 'COMMIT' | 'ROLLBACK'

describe('an insertion, and what ends the equal job that it meets', () => {
  const ends: readonly (readonly [JobState, VerbName, Ending, readonly string[]])[] = [
    ['executing', 'complete', 'COMMIT', ['completed 0']],
    ['executing', 'complete', 'ROLLBACK', ['executing 0']],
    ['executing', 'cancel', 'COMMIT', ['cancelled 0']],
    ['executing', 'cancel', 'ROLLBACK', ['executing 0']],
    ['available', 'delete', 'COMMIT', []],
    ['available', 'delete', 'ROLLBACK', ['available 0']],
  ]

  test.each(ends)('it meets a job (%s) that another is about to %s, then %s', async (state, verb, end, after) => {
    await twin(state)
    const met = await meet(opened(), { first: verbs[verb], second: insert(await equal()), end })
    expect(met).toMatchObject({ waited: false, second: 'met 1' })
    expect(await stored()).toEqual(after)
    const again = end === 'COMMIT' ? 'written' : 'met 1'

    expect(await insert(await equal())(opened().b)).toBe(again)
  })

  test.each(ends)('a job (%s) that was met by an open insertion, which another may %s: %s', async (...row) => {
    const [state, verb, end, after] = row
    await twin(state)
    const met = await meet(opened(), { first: insert(await equal()), second: verbs[verb], end })

    expect(met).toMatchObject({ first: 'met 1', waited: false })
    expect(met.second).not.toBe(nothing)
    expect(await stored()).toEqual(
      end === 'COMMIT' ? after : ends.find(([, v, e]) => v === verb && e === 'COMMIT')?.[3],
    )
  })
})

test.each([
  ['COMMIT', 'met', ['available 0']],
  ['ROLLBACK', 'written', ['available 0']],
] as const)('of two insertions the second waits, and tells what became of the first: %s', async (end, tells, after) => {
  const met = await meet(opened(), { first: insert(await equal()), second: insert(await equal()), end })

  expect(met).toMatchObject({ first: 'written', waited: true, second: expect.stringContaining(tells) })
  expect(await stored()).toEqual(after)
})

describe('an insertion that replaces fields', () => {
  const replacing = () => equal({ replace: ['priority'], priority: 5 })

  test.each<readonly [JobState, VerbName, Ending, string]>([
    ['scheduled', 'stage', 'COMMIT', 'available 5'],
    ['scheduled', 'stage', 'ROLLBACK', 'scheduled 5'],
    ['available', 'fetch', 'COMMIT', 'executing 5'],
    ['executing', 'fail', 'COMMIT', 'retryable 5'],
    ['executing', 'rescue', 'COMMIT', 'available 5'],
  ])('does so in whatever state the job is left: %s, another may %s it, %s', async (state, verb, end, after) => {
    await twin(state)
    await opened().watcher.sql(
      `INSERT INTO "${opened().staffa.prefix}".oban_producers (uuid, name, node, queue, meta, started_at, updated_at)
       VALUES ('${silent}', 'Oban', 'gone', 'default', '{"staffa": true}', now(), '2020-01-01')`,
    )
    const met = await meet(opened(), { first: verbs[verb], second: insert(await replacing()), end })

    expect(met).toMatchObject({ waited: true, second: 'met 1' })
    expect(await stored()).toEqual([after])
  })

  test.each<readonly [JobState, VerbName, readonly string[]]>([
    ['executing', 'complete', ['completed 0', 'available 5']],
    ['scheduled', 'cancel', ['cancelled 0', 'available 5']],
    ['available', 'delete', ['available 5']],
  ])('writes a job when the one that it met counts no more: %s, and another does %s', async (state, verb, after) => {
    await twin(state)
    const met = await meet(opened(), { first: verbs[verb], second: insert(await replacing()), end: 'COMMIT' })

    expect(met).toMatchObject({ waited: true, second: 'written' })
    expect(await stored()).toEqual(after)
  })
})
