import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { InsertedJob, Job, NewJob } from '@staffa/core'
import { type Clock, type Database, type Engine, namesIn, postgresEngine, telemetry } from '@staffa/core/internal'
import type { TestStaffa } from '../../test-staffa.ts'

export type FetchOptions = Parameters<Engine['fetchJobs']>[0]
export type Ack = Parameters<Engine['ackJobs']>[0][number]

/** What each test works with: an engine, and tables that are empty when it begins. */
export interface Bench {
  /** On the database's own clock. */
  readonly engine: Engine
  /** On another clock. */
  readonly at: (clock: Clock) => Engine
  readonly database: Database
  readonly prefix: string
  /** The name of the jobs table, for SQL. */
  readonly jobs: string
  /** Runs SQL; gives the rows as objects. */
  readonly query: TestStaffa['query']
}

/** Makes an engine out of what every verb works with. */
export type MakeEngine = (tools: { database: Database; names: ReturnType<typeof namesIn>; clock: Clock }) => Engine

export const defaultEngine: MakeEngine = (tools) =>
  postgresEngine(tools, telemetry({ instance: 'Oban', node: 'conformance' }))

/** Puts an engine on the tables of an instance. */
export function benchOn(staffa: TestStaffa, make: MakeEngine): Bench {
  const { database, prefix } = staffa
  const names = namesIn(prefix)
  const at = (clock: Clock) => make({ database, names, clock })

  return {
    engine: at({ now: () => new Date(), authoritative: false }),
    at,
    database,
    prefix,
    jobs: names.jobs,
    query: (text, values) => staffa.query(text, values),
  }
}

/** One test: throws when the engine does not keep its word. */
export type Case = (bench: Bench) => Promise<void>

/** The tests of one verb, by sentence. */
export interface Verb {
  readonly verb: string
  readonly cases: Readonly<Record<string, Case>>
  /** Tests that need several connections at work at once. */
  readonly racing?: Readonly<Record<string, Case>> | undefined
}

/** A described job with nothing special about it, but for what is given. */
export function draft(given: Partial<NewJob> = {}): NewJob {
  return {
    worker: 'worker',
    queue: 'default',
    args: {},
    meta: {},
    tags: [],
    priority: 0,
    maxAttempts: 20,
    ...given,
  }
}

/** Inserts jobs that are described by what is special about them. */
export async function insert(
  { engine }: Pick<Bench, 'engine'>,
  ...jobs: readonly Partial<NewJob>[]
): Promise<readonly InsertedJob[]> {
  return engine.insertJobs(jobs.map(draft))
}

/** Inserts one job. */
export async function insertOne(bench: Pick<Bench, 'engine'>, job: Partial<NewJob> = {}): Promise<InsertedJob> {
  const [inserted] = await insert(bench, job)
  assert.ok(inserted, 'expected the inserted job back, got nothing')

  return inserted
}

/** The producer under whose name `fetch` claims, unless told otherwise. */
export const producer: string = randomUUID()

/** What `fetch` asks for, but for what is given. */
export function claim(given: Partial<FetchOptions> = {}): FetchOptions {
  return { queue: 'default', limit: 10, node: 'node-1', producer, ...given }
}

/** Claims jobs; gives those that are now executing. */
export async function fetch(
  { engine }: Pick<Bench, 'engine'>,
  given: Partial<FetchOptions> = {},
): Promise<readonly Job[]> {
  return (await engine.fetchJobs(claim(given))).jobs
}

/** Inserts a job and claims it. */
export async function executing(bench: Bench, job: Partial<NewJob> = {}): Promise<Job> {
  const { id } = await insertOne(bench, job)
  const found = (await fetch(bench, { queue: job.queue ?? 'default' })).find((fetched) => fetched.id === id)
  assert.ok(found, 'expected the fetch to claim the job')

  return found
}

/** Writes the end of an attempt; tells whether it was accepted. */
export async function ack(
  { engine }: Pick<Bench, 'engine'>,
  given: Ack,
  producers: readonly string[] = [producer],
): Promise<boolean> {
  return (await engine.ackJobs([given], { producers })).has(given)
}

/** Reads a job that must be there. */
export async function read({ engine }: Pick<Bench, 'engine'>, { id }: { readonly id: number }): Promise<Job> {
  const job = await engine.getJob(id)
  assert.ok(job, `expected job ${id} to be there`)

  return job
}

/** The states of jobs, in the order that is asked. */
export async function states(bench: Bench, jobs: readonly { readonly id: number }[]): Promise<readonly string[]> {
  return Promise.all(jobs.map(async (job) => (await read(bench, job)).state))
}

/** Changes columns of a job behind the engine's back, to SQL values. */
export async function set({ query, jobs }: Bench, job: { readonly id: number }, columns: object): Promise<void> {
  const changes = Object.entries(columns).map(([column, value]) => `${column} = ${value}`)
  await query(`UPDATE ${jobs} SET ${changes.join(', ')} WHERE id = ${job.id}`)
}

/** Everything that the database holds of a job, to see that nothing of it has changed. */
export async function row({ query, jobs }: Bench, { id }: { readonly id: number }): Promise<unknown> {
  const [found] = await query(`SELECT to_jsonb(job)::text AS row FROM ${jobs} AS job WHERE id = ${id}`)

  return found?.row
}

/** Asserts that an object has these fields, whatever others it has. */
export function assertFields(actual: object, expected: object, message?: string): void {
  const names = Object.keys(expected)
  const found = Object.fromEntries(names.map((name) => [name, (actual as Record<string, unknown>)[name]]))

  assert.deepEqual(found, expected, message)
}

/** Asserts that two instants, or numbers of milliseconds, are less than so many milliseconds apart. */
export function assertNear(actual: Date | undefined, expected: Date | number, within = 5_000): void {
  const apart = Math.abs(Number(actual) - Number(expected))

  assert.ok(apart <= within, `expected ${new Date(expected).toISOString()}, got ${actual?.toISOString()}`)
}

/** The ids of jobs. */
export function ids(jobs: readonly { readonly id: number }[]): readonly number[] {
  return jobs.map(({ id }) => id)
}

/** Holds locks on jobs, as another process would, while work goes on. */
export async function whileLocked(
  { database, jobs }: Bench,
  locked: readonly { readonly id: number }[],
  work: () => Promise<void>,
): Promise<void> {
  await database.transaction(async (other) => {
    const text = `SELECT id FROM ${jobs} WHERE id = ANY ($1::text::bigint[]) FOR UPDATE`
    await other.query({ name: '', text }, [`{${ids(locked).join(',')}}`])
    await work()
  })
}

/** Collects the notices on a channel that come from some work. */
export async function heard(bench: Bench, channel: string, work: () => Promise<void>): Promise<readonly string[]> {
  const { database, prefix } = bench
  const name = `${prefix}.oban_${channel}`
  const heard: string[] = []
  const last = Promise.withResolvers<void>()
  const end = randomUUID()
  const onNotice = (_: string, payload: string) => (payload === end ? last.resolve() : heard.push(payload))
  const listener = await database.listen?.({ channels: [name], onNotice, onLost: last.reject })
  assert.ok(listener, 'expected a database with notices')

  try {
    await work()
    // notices come in the order of their commits: after this one, none is under way
    await database.query({ name: '', text: 'SELECT pg_notify($1::text, $2::text)' }, [name, end])
    await last.promise
  } finally {
    await listener.close()
  }

  return heard
}
