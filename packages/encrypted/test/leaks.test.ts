import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import {
  cancel,
  complete,
  discard,
  fail,
  type NewJob,
  snooze,
  type Worker,
  type WorkerBuilder,
  worker,
} from '@staffa/core'
import { type AnyPlugin, definePlugin, fingerprint, type RawContext } from '@staffa/core/plugin'
import { settled, type TestStaffa, testStaffa } from '@staffa/testing'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { encrypted, generateKey } from '../src/index.ts'
import { dump, leaks, witness } from './witness.ts'

const key = generateKey()
const otherKey = generateKey()
const word = (name: string) => `${name}-${randomBytes(9).toString('hex')}`
const args = { who: word('args'), nested: { list: [word('nested')], [word('name')]: true } }
const result = word('result')
const clear = [args.who, ...args.nested.list, ...Object.keys(args.nested).filter((name) => name !== 'list'), result]
const keys = [key, otherKey].flatMap((text) => [text, Buffer.from(text, 'base64')])
/** From it args could be guessed, one after the other. */
const mark = fingerprint(
  worker({ name: 'unique', unique: true })
    .typed<object>()
    .process(() => {})
    .new(args),
) as string
const secrets = [...clear, mark, ...keys]

/** What a layer inside encryption does that keeps results. */
const keeping: AnyPlugin = definePlugin({
  plugin: 'keeping',
  execute: async ({ seal }: RawContext, next) => {
    const outcome = await next()
    if (outcome.kind !== 'completed') return outcome

    return { ...outcome, meta: { ...outcome.meta, kept: await seal(JSON.stringify(outcome.value)) } }
  },
})

type Builder = WorkerBuilder<object, RawContext>

/** Workers that each take one path. */
function workersOf(lock: (options: Parameters<typeof encrypted>[0]) => AnyPlugin): readonly Worker[] {
  const built = (name: string, plugin: AnyPlugin, options = {}): Builder =>
    worker({ name, maxAttempts: 1, ...options })
      .use(plugin)
      .use(keeping) as never
  const locked = (name: string, options = {}) => built(name, lock({ key }), options)
  const broken = (name: string, fetch: () => string) => built(name, lock({ key: fetch }))
  const aborted = ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const ring = { current: () => ({ id: 'new', key }), get: () => undefined }

  return [
    locked('completes').process(() => result),
    locked('throws').process(() => Promise.reject(new Error('neutral'))),
    locked('fails').process(() => fail('neutral')),
    locked('cancels').process(() => cancel('neutral')),
    locked('discards').process(() => discard('neutral')),
    locked('snoozes').process(() => snooze({ hours: 1 })),
    locked('times-out', { timeout: { milliseconds: 20 } }).process(aborted),
    locked('unstorable').process(() => ({ ...complete(result), meta: { at: new Date() as never } })),
    locked('unique', { unique: true }).process(() => result),
    locked('misreads').process(() => JSON.parse('{') as never),
    built('ring', lock({ keyring: ring })).process(() => result),
    built('waits', lock({ keyring: ring, onMissingKey: { snooze: { hours: 1 } } })).process(() => result),
    built('wrong', lock({ key: otherKey })).process(() => result),
    broken('unfetched', () => refuse(key)).process(() => result),
    broken('malformed', () => `${key}${otherKey}`).process(() => result),
    locked('tampered').process(() => result),
    locked('plain').process(() => result),
  ]
}

const states = ['completed', 'scheduled', 'retryable', 'cancelled', 'discarded'] as const

/** Takes every path once; gives everything that was left behind and heard. */
async function everyPath(database: string | undefined, lock: Parameters<typeof workersOf>[0]) {
  const { logger, heard, hear, stop } = witness()
  onTestFinished(stop)
  const workers = workersOf(lock)
  const options = { workers, queues: { default: 2 }, onFinished: onTestFinished }
  const staffa = await testStaffa({ ...options, database, logger })
  // Those that can't seal are given what another could, under their name.
  const able = workersOf(() => lock({ key }))
  const jobs = await Promise.all(able.map((by) => insert(staffa, by, hear)))
  await staffa.insert(find(workers, 'unique').new(args)).then(hear)
  await staffa.insert(find(workers, 'malformed').new(args)).catch(hear)
  await staffa.insert(find(workers, 'unfetched').new(args)).catch(hear)
  await damage(staffa)
  await staffa.start()
  const ended = await Promise.all(jobs.map((id) => settled(staffa, id, { states })))
  hear(ended)
  await staffa.stop()

  return { heard, rows: await dump(staffa), states: Object.fromEntries(ended.map((job) => [job.worker, job.state])) }
}

async function insert(staffa: TestStaffa, by: Worker, hear: (job: unknown) => void): Promise<number> {
  const job: NewJob = by.new(args)
  const inserted = await staffa.insert(job)
  hear(inserted)

  return inserted.id
}

function find(workers: readonly Worker[], name: string): Worker {
  return workers.find((by) => by.name === name) as Worker
}

/** What only somebody with the database at hand can do. */
async function damage(staffa: TestStaffa): Promise<void> {
  const jobs = `"${staffa.prefix}".oban_jobs`
  await staffa.query(`UPDATE ${jobs} SET args = jsonb_set(args, '{data}', to_jsonb(
    left(args ->> 'data', -1) || CASE right(args ->> 'data', 1) WHEN 'A' THEN 'Q' ELSE 'A' END))
    WHERE worker = 'tampered' AND args ? 'data'`)
  await staffa.query(`UPDATE ${jobs} SET args = '{"not": "sealed"}' WHERE worker = 'plain'`)
}

/** As parsers do that quote what they could not read. */
function refuse(text: string): never {
  throw new SyntaxError(`cannot read ${text}`, { cause: { text } })
}

const bare = (_options: unknown) => ({ plugin: 'no encryption' })

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('on %s', (_, url) => {
  test('no secret is left in the database, nor in what is heard of a run in which everything fails once', async () => {
    const { heard, rows, states } = await everyPath(url(), encrypted)

    expect(states).toEqual({
      completes: 'completed',
      unique: 'completed',
      throws: 'discarded',
      fails: 'discarded',
      cancels: 'cancelled',
      discards: 'discarded',
      snoozes: 'scheduled',
      'times-out': 'discarded',
      unstorable: 'discarded',
      misreads: 'discarded',
      ring: 'discarded',
      waits: 'scheduled',
      wrong: 'discarded',
      unfetched: 'discarded',
      malformed: 'discarded',
      tampered: 'discarded',
      plain: 'discarded',
    })
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
