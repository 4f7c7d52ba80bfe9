import { describe, expect, test } from 'vitest'
import { meet, sessions } from './sessions.ts'
import { given, nothing, stateOf, type VerbName, verbs } from './verbs.ts'

const without = (words: string) => (text: string) => text.replaceAll(words, '')

/** An engine that lacks something, and the meeting that shows it. */
const lacks = [
  ['skipping what is locked', without('SKIP LOCKED'), 'available', ['fetch', 'fetch'], true, nothing, 'executing'],
  ['skipping what is locked', without('SKIP LOCKED'), 'executing', ['rescue', 'rescue'], true, nothing, 'available'],
  [
    'locking before it stages',
    without('FOR UPDATE SKIP LOCKED'),
    'scheduled',
    ['cancel', 'stage'],
    true,
    'done',
    'available',
  ],
  [
    'locking before it fetches',
    without('FOR UPDATE SKIP LOCKED'),
    'available',
    ['cancel', 'fetch'],
    true,
    'done',
    'executing',
  ],
  [
    'the guard of ends',
    without(`AND (state = 'executing') IS TRUE`),
    'executing',
    ['cancel', 'complete'],
    true,
    'done',
    'completed',
  ],
  [
    'the guard of failures',
    without(`AND (job.state = 'executing') IS TRUE`),
    'executing',
    ['rescue', 'fail'],
    true,
    'done',
    'retryable',
  ],
  [
    'the guard of releases',
    without(`state = 'executing' AND`),
    'executing',
    ['complete', 'release'],
    true,
    'done',
    'available',
  ],
  [
    'the guard of cancelling',
    without(`AND (job.state IN ('completed', 'cancelled', 'discarded')) IS FALSE`),
    'executing',
    ['complete', 'cancel'],
    true,
    'from completed',
    'cancelled',
  ],
] as const

describe.each(lacks)('an engine without %s', (_lack, spoil, state, pair, waited, tells, after) => {
  const opened = sessions(spoil)

  test(`is found out: it does otherwise when ${pair.join(' and ')} meet`, async () => {
    const [first, second] = pair.map((verb: VerbName) => verbs[verb]) as [typeof verbs.fetch, typeof verbs.fetch]
    await given(opened(), state)
    const met = await meet(opened(), { first, second, end: 'COMMIT' })

    expect([met.waited, met.second, await stateOf(opened())]).toEqual([waited, tells, after])
  })
})
