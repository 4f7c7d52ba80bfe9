import { type Database, namesIn, type Queryable, type Statement, systemClock, type Value } from '@staffa/core/internal'
import { describe, expect, inject, test } from 'vitest'
import { defaultEngine, type MakeEngine, type Verb } from './bench.ts'
import { life } from './life.ts'
import { type EngineSubject, register } from './runner.ts'
import { upkeep } from './upkeep.ts'

const everyVerb = [...life, ...upkeep]

/** Runs the cases of some verbs; gives the sentences of those that fail. */
async function failures(verbs: readonly Verb[], subject: EngineSubject): Promise<readonly string[]> {
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = []
  const ends: (() => Promise<void>)[] = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => cases.push({ name, body }),
    afterAll: (end: () => Promise<void>) => ends.push(end),
  }
  register(runner, subject, verbs)
  const failed: string[] = []
  for (const { name, body } of cases) await body().catch(() => failed.push(name))
  for (const end of ends) await end()

  return failed
}

/** An engine whose statements are changed on their way to the database. */
function mutant(from: string | RegExp, to: string, seen: { changed: boolean }): MakeEngine {
  const change = ({ name, text }: Statement): Statement => {
    const changed = text.replaceAll(from, to)
    if (changed !== text) seen.changed = true

    return { name: changed === text ? name : '', text: changed }
  }
  const through = (on: Queryable): Queryable => ({
    query: (statement: Statement, values: readonly Value[]) => on.query(change(statement), values),
  })

  return ({ database, names, clock }) => {
    const mutated: Database = {
      ...database,
      ...through(database),
      transaction: (work) => database.transaction((transaction) => work(through(transaction))),
    }

    return defaultEngine({ database: mutated, names, clock })
  }
}

type Mutation = readonly [verb: string, from: string | RegExp, to: string, sentence: string]

const mutations: readonly Mutation[] = [
  [
    'insertJobs',
    'ORDER BY ordinality',
    'ORDER BY ordinality DESC',
    'gives thousands of jobs back in the order in which they were given',
  ],
  ['insertJobs', 'coalesce(delay, 0)', '0', 'lets a job wait from the moment of insertion'],
  [
    'insertJobs',
    'priority, attempts, now, due',
    'priority, attempts, now, now',
    'lets a job wait for an instant, also one in the past',
  ],
  ['insertJobs', 'pg_notify', 'upper', 'sends one notice a queue, for jobs that can run at once'],
  [
    'insertJobs, of unique jobs',
    'twin.state::text = ANY (wanted.states)',
    'true',
    'counts an equal job only in the states that are named',
  ],
  ['insertJobs, of unique jobs', 'wanted.period IS NULL OR', 'true OR', 'counts an equal job for a period'],
  [
    'fetchJobs',
    'ORDER BY priority, scheduled_at, id',
    'ORDER BY id',
    'takes jobs by priority, then by schedule, then by id',
  ],
  ['fetchJobs', "state = 'available' AND queue", 'queue', 'leaves jobs alone that are not available'],
  ['fetchJobs', 'AND queue = $1::text', 'AND queue >= $1::text', 'takes jobs of its queue alone'],
  [
    'fetchJobs',
    '(priority, scheduled_at) >= (0, $5::text::timestamp)',
    '(priority >= 0 AND scheduled_at >= $5::text::timestamp)',
    'leaves out what was scheduled before a moment, of priority 0 alone',
  ],
  [
    'fetchJobs',
    'THEN attempt + 1 ELSE attempt END',
    'THEN attempt ELSE attempt END',
    'claims a job for a producer, and counts the attempt',
  ],
  ['ackJobs', 'AND attempt = (SELECT $2::text::int)', 'AND $2::text::int > 0', 'refuses the Ack of another attempt'],
  ['ackJobs', 'AND job.attempt = ack.attempt', '', 'refuses the Ack of another attempt'],
  [
    'ackJobs',
    'ack."claimedAt" IS NULL OR',
    'true OR',
    'refuses the second Ack that gives an attempt back, also when the next of that number has begun',
  ],
  [
    'ackJobs',
    'AND attempted_by[2] = ANY ((SELECT $3::text::text[])::text[])',
    'AND $3::text IS NOT NULL',
    'refuses the Ack of another producer',
  ],
  ['ackJobs', "AND (state = 'executing') IS TRUE", '', 'refuses the Ack of a job that no longer executes'],
  ['ackJobs', "AND (job.state = 'executing') IS TRUE", '', 'refuses the second of two Acks for one attempt'],
  ['ackJobs', 'CASE WHEN ack.refund THEN 1 ELSE 0 END', '0', 'lets a snoozed job wait, and gives the attempt back'],
  ['ackJobs', "coalesce(job.meta, '{}') || ack.meta", 'ack.meta', 'merges meta into what is there'],
  [
    'ackJobs',
    'job.errors || jsonb_build_object(',
    'job.errors[1:0] || jsonb_build_object(',
    'lets a failed job wait, and keeps its errors in order',
  ],
  [
    'releaseJobs',
    'AND id <> ALL ($2::text::bigint[])',
    'AND $2::text IS NOT NULL',
    'gives back what a producer does not know that it has, free of charge',
  ],
  [
    'stageJobs',
    /AND scheduled_at <= coalesce.*?'UTC'/g,
    'AND $3::text IS DISTINCT FROM scheduled_at::text',
    'makes scheduled and retryable jobs available when they are due',
  ],
  ['stageJobs', 'ORDER BY scheduled_at, id', 'ORDER BY id', 'stages the longest due first, and no more than the limit'],
  [
    'cancelJobs',
    "(job.state IN ('completed', 'cancelled', 'discarded')) IS FALSE",
    'true',
    'cancels jobs that have not ended, and leaves those that have',
  ],
  [
    'retryJobs',
    'greatest(job.max_attempts, least(',
    'least(job.max_attempts, least(',
    'gives an exhausted job one more attempt, and others none',
  ],
  ['deleteJobs and eraseJobs', "(job.state <> 'executing') IS TRUE", 'true', 'deletes jobs that do not run'],
  ['rescueJobs and missingProducers', "meta ->> 'staffa' = 'true' AND", '', 'buries no producer of a stranger'],
  ['pruneJobs', "coalesce(job.meta ->> 'settles', 'false') <> 'true'", 'true', 'passes over jobs that are not settled'],
  [
    'electLeader and resignLeader',
    'OR peer.expires_at < excluded.started_at',
    '',
    'gives the lease to the first, and to another when it has ended',
  ],
]

describe('the engine suite', () => {
  test.each(mutations)('%s: fails when %s becomes %s', { timeout: 60_000 }, async (verb, from, to, sentence) => {
    const seen = { changed: false }
    const body = everyVerb.find((one) => one.verb === verb)?.cases[sentence]
    const cases = body ? { [sentence]: body } : {}
    const failed = await failures([{ verb, cases }], { name: 'a mutant', engine: mutant(from, to, seen) })

    expect(seen.changed).toBe(true)
    expect(failed).toEqual([sentence])
  })

  test('fails where rows that others have locked are waited for', { timeout: 60_000 }, async () => {
    const seen = { changed: false }
    const database = inject('databaseUrl')
    const verbs = everyVerb
      .filter(({ verb }) => verb === 'fetchJobs' || verb === 'stageJobs')
      .map(({ verb, racing }) => ({ verb, cases: { ...racing } }))
    const impatient = mutant('FOR UPDATE SKIP LOCKED', 'FOR UPDATE NOWAIT', seen)
    const failed = await failures(verbs, { name: 'a mutant', database, engine: impatient })

    expect(seen.changed).toBe(true)
    expect(failed.filter((name) => name === 'passes over jobs that others have locked')).toHaveLength(2)
  })

  test('has a sentence for every verb', () => {
    const engine = defaultEngine({ database: {} as never, names: namesIn('public'), clock: systemClock })
    const named = everyVerb.flatMap(({ verb }) => verb.match(/\w+/g) ?? [])

    expect(Object.keys(engine).filter((verb) => !named.includes(verb))).toEqual([])
  })

  test('has a sentence only once in a verb, and none without a test', () => {
    for (const { cases, racing = {} } of everyVerb) {
      expect(Object.keys(cases).filter((sentence) => Object.hasOwn(racing, sentence))).toEqual([])
    }
    const names = everyVerb.map(({ verb }) => verb)
    expect(new Set(names).size).toBe(names.length)
  })
})
