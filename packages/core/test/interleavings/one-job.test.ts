import { describe, expect, test } from 'vitest'
import type { JobState } from '../../src/job/state.ts'
import { meet, sessions } from './sessions.ts'
import { given, nothing, stateOf, type VerbName, verbs } from './verbs.ts'

type Ending = 'COMMIT' | 'ROLLBACK'

/** What a second verb does while a first one has not committed, what it then tells, and how the job is at the end. */
type Case = readonly [
  first: VerbName,
  second: VerbName,
  end: Ending,
  way: 'waits' | 'passes',
  tells: string,
  state: JobState | 'gone',
]

const available: readonly Case[] = [
  ['fetch', 'fetch', 'COMMIT', 'passes', nothing, 'executing'],
  ['fetch', 'fetch', 'ROLLBACK', 'passes', nothing, 'available'],
  ['fetch', 'cancel', 'COMMIT', 'waits', 'from executing', 'cancelled'],
  ['fetch', 'cancel', 'ROLLBACK', 'waits', 'from available', 'cancelled'],
  ['cancel', 'fetch', 'COMMIT', 'passes', nothing, 'cancelled'],
  ['cancel', 'fetch', 'ROLLBACK', 'passes', nothing, 'available'],
  ['fetch', 'delete', 'COMMIT', 'waits', nothing, 'executing'],
  ['fetch', 'delete', 'ROLLBACK', 'waits', 'done', 'gone'],
  ['delete', 'fetch', 'COMMIT', 'passes', nothing, 'gone'],
  ['delete', 'fetch', 'ROLLBACK', 'passes', nothing, 'available'],
  ['fetch', 'postpone', 'COMMIT', 'waits', 'done', 'executing'],
  ['fetch', 'postpone', 'ROLLBACK', 'waits', 'done', 'scheduled'],
  ['postpone', 'fetch', 'COMMIT', 'passes', nothing, 'scheduled'],
  ['postpone', 'fetch', 'ROLLBACK', 'passes', nothing, 'available'],
  ['cancel', 'cancel', 'COMMIT', 'waits', nothing, 'cancelled'],
  ['cancel', 'cancel', 'ROLLBACK', 'waits', 'from available', 'cancelled'],
  ['cancel', 'postpone', 'COMMIT', 'waits', 'done', 'cancelled'],
  ['postpone', 'cancel', 'COMMIT', 'waits', 'from scheduled', 'cancelled'],
  ['cancel', 'delete', 'COMMIT', 'waits', 'done', 'gone'],
  ['delete', 'cancel', 'COMMIT', 'waits', nothing, 'gone'],
  ['delete', 'cancel', 'ROLLBACK', 'waits', 'from available', 'cancelled'],
  ['delete', 'delete', 'COMMIT', 'waits', nothing, 'gone'],
  ['delete', 'postpone', 'COMMIT', 'waits', nothing, 'gone'],
]

const scheduled: readonly Case[] = [
  ['stage', 'stage', 'COMMIT', 'passes', nothing, 'available'],
  ['stage', 'stage', 'ROLLBACK', 'passes', nothing, 'scheduled'],
  ['stage', 'cancel', 'COMMIT', 'waits', 'from available', 'cancelled'],
  ['stage', 'cancel', 'ROLLBACK', 'waits', 'from scheduled', 'cancelled'],
  ['cancel', 'stage', 'COMMIT', 'passes', nothing, 'cancelled'],
  ['cancel', 'stage', 'ROLLBACK', 'passes', nothing, 'scheduled'],
  ['stage', 'postpone', 'COMMIT', 'waits', 'done', 'scheduled'],
  ['postpone', 'stage', 'COMMIT', 'passes', nothing, 'scheduled'],
  ['stage', 'delete', 'COMMIT', 'waits', 'done', 'gone'],
  ['delete', 'stage', 'COMMIT', 'passes', nothing, 'gone'],
  ['stage', 'retry', 'COMMIT', 'waits', nothing, 'available'],
  ['stage', 'retry', 'ROLLBACK', 'waits', 'from scheduled', 'available'],
  ['retry', 'stage', 'COMMIT', 'passes', nothing, 'available'],
  ['retry', 'stage', 'ROLLBACK', 'passes', nothing, 'scheduled'],
  ['stage', 'fetch', 'COMMIT', 'passes', nothing, 'available'],
]

const executing: readonly Case[] = [
  ['complete', 'cancel', 'COMMIT', 'waits', nothing, 'completed'],
  ['complete', 'cancel', 'ROLLBACK', 'waits', 'from executing', 'cancelled'],
  ['fail', 'cancel', 'COMMIT', 'waits', 'from retryable', 'cancelled'],
  ['cancel', 'complete', 'COMMIT', 'waits', nothing, 'cancelled'],
  ['cancel', 'complete', 'ROLLBACK', 'waits', 'done', 'completed'],
  ['cancel', 'fail', 'COMMIT', 'waits', nothing, 'cancelled'],
  ['cancel', 'fail', 'ROLLBACK', 'waits', 'done', 'retryable'],
  ['complete', 'rescue', 'COMMIT', 'passes', nothing, 'completed'],
  ['complete', 'rescue', 'ROLLBACK', 'passes', nothing, 'executing'],
  ['fail', 'rescue', 'COMMIT', 'passes', nothing, 'retryable'],
  ['rescue', 'complete', 'COMMIT', 'waits', nothing, 'available'],
  ['rescue', 'complete', 'ROLLBACK', 'waits', 'done', 'completed'],
  ['rescue', 'fail', 'COMMIT', 'waits', nothing, 'available'],
  ['rescue', 'fail', 'ROLLBACK', 'waits', 'done', 'retryable'],
  ['complete', 'release', 'COMMIT', 'waits', nothing, 'completed'],
  ['complete', 'release', 'ROLLBACK', 'waits', 'done', 'available'],
  ['release', 'complete', 'COMMIT', 'waits', nothing, 'available'],
  ['release', 'complete', 'ROLLBACK', 'waits', 'done', 'completed'],
  ['release', 'fail', 'COMMIT', 'waits', nothing, 'available'],
  ['complete', 'complete', 'COMMIT', 'waits', nothing, 'completed'],
  ['complete', 'complete', 'ROLLBACK', 'waits', 'done', 'completed'],
  ['complete', 'fail', 'COMMIT', 'waits', nothing, 'completed'],
  ['fail', 'complete', 'COMMIT', 'waits', nothing, 'retryable'],
  ['rescue', 'rescue', 'COMMIT', 'passes', nothing, 'available'],
  ['rescue', 'rescue', 'ROLLBACK', 'passes', nothing, 'executing'],
  ['rescue', 'cancel', 'COMMIT', 'waits', 'from available', 'cancelled'],
  ['rescue', 'cancel', 'ROLLBACK', 'waits', 'from executing', 'cancelled'],
  ['cancel', 'rescue', 'COMMIT', 'passes', nothing, 'cancelled'],
  ['cancel', 'rescue', 'ROLLBACK', 'passes', nothing, 'executing'],
  ['rescue', 'release', 'COMMIT', 'waits', nothing, 'available'],
  ['release', 'rescue', 'COMMIT', 'passes', nothing, 'available'],
  ['beat', 'rescue', 'COMMIT', 'passes', nothing, 'executing'],
  ['beat', 'rescue', 'ROLLBACK', 'passes', nothing, 'executing'],
  ['rescue', 'beat', 'COMMIT', 'waits', 'as new', 'available'],
  ['rescue', 'beat', 'ROLLBACK', 'waits', 'as known', 'executing'],
  ['complete', 'delete', 'COMMIT', 'passes', nothing, 'completed'],
  ['complete', 'postpone', 'COMMIT', 'waits', 'done', 'completed'],
]

const completed: readonly Case[] = [
  ['retry', 'prune', 'COMMIT', 'passes', nothing, 'available'],
  ['retry', 'prune', 'ROLLBACK', 'passes', nothing, 'completed'],
  ['prune', 'retry', 'COMMIT', 'waits', nothing, 'gone'],
  ['prune', 'retry', 'ROLLBACK', 'waits', 'from completed', 'available'],
  ['prune', 'prune', 'COMMIT', 'passes', nothing, 'gone'],
  ['prune', 'delete', 'COMMIT', 'waits', nothing, 'gone'],
  ['delete', 'prune', 'COMMIT', 'passes', nothing, 'gone'],
  ['retry', 'delete', 'COMMIT', 'waits', 'done', 'gone'],
  ['retry', 'retry', 'COMMIT', 'waits', nothing, 'available'],
]

const unsettled: readonly Case[] = [
  ['settle', 'settle', 'COMMIT', 'passes', nothing, 'completed'],
  ['settle', 'settle', 'ROLLBACK', 'passes', nothing, 'completed'],
  ['settle', 'prune', 'COMMIT', 'passes', nothing, 'completed'],
  ['settle', 'retry', 'COMMIT', 'waits', 'from completed', 'available'],
  ['retry', 'settle', 'COMMIT', 'passes', nothing, 'available'],
  ['retry', 'settle', 'ROLLBACK', 'passes', nothing, 'completed'],
]

const tables: readonly (readonly [name: string, state: JobState, meta: string, cases: readonly Case[]])[] = [
  ['an available job', 'available', '{}', available],
  ['a job that is due', 'scheduled', '{}', scheduled],
  ['a job whose node is gone', 'executing', '{}', executing],
  ['a job that has ended', 'completed', '{}', completed],
  ['a job that has ended and is not settled', 'completed', '{"settles": true}', unsettled],
]

const opened = sessions()

describe.each(tables)('two that mean %s', (_, state, meta, cases) => {
  test.each(cases)('%s, then %s, then %s: the second %s and tells %s; the job is %s', async (...row) => {
    const [first, second, end, way, tells, after] = row
    await given(opened(), state, meta)
    const met = await meet(opened(), { first: verbs[first], second: verbs[second], end })

    expect(met.first).not.toBe(nothing)
    expect([met.waited ? 'waits' : 'passes', met.second]).toEqual([way, tells])
    expect(await stateOf(opened())).toBe(after)
  })
})
