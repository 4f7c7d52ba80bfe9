import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { type Job, worker } from '../../index.ts'
import type { Ack } from '../../lifecycle/acknowledge.ts'
import { systemClock } from '../../support/clock.ts'
import { telemetry } from '../../support/telemetry.ts'
import { postgres } from '../connect/pg.ts'
import type { Database } from '../database.ts'
import { migrate } from '../migrations/migrate.ts'
import { namesIn } from '../names.ts'
import { postgresEngine } from './index.ts'

const work = worker({ name: 'work' }).process(() => {})
const claim = { queue: 'default', limit: 100, node: 'node-1', producer: '0191f9d2-0000-8000-8000-000000000001' }
const names = namesIn(`plans_${randomBytes(4).toString('hex')}`)

beforeAll(async () => {
  const database = postgres(inject('databaseUrl'))
  await migrate(database, names)

  return async () => {
    await database.query({ name: '', text: `DROP SCHEMA ${names.schema} CASCADE` }, [])
    await database.close()
  }
})

/** A pool of one session. */
function oneSession(): Database {
  const pool = new pg.Pool({ connectionString: inject('databaseUrl'), max: 1 })
  onTestFinished(() => pool.end())

  return postgres(pool, { listen: false })
}

const ends: readonly ((job: Job) => Omit<Ack, 'id' | 'attempt'>)[] = [
  () => ({ state: 'completed' }),
  () => ({ state: 'retryable', delay: 0, error: 'not yet' }),
]

/** The life of a few jobs, in a table that holds no others. */
async function live(engine: ReturnType<typeof postgresEngine>, end: (typeof ends)[number]): Promise<void> {
  await engine.insertJobs([work.new({}), work.new({}, { unique: true })])
  await engine.stageJobs({ limit: 100, queues: ['default'] })
  const { jobs } = await engine.fetchJobs(claim)
  const acks = jobs.map((job) => ({ id: job.id, attempt: job.attempt, ...end(job) }))
  await engine.ackJobs(acks, { producers: [claim.producer] })
  await engine.releaseJobs({ producer: claim.producer, except: [] })
  await engine.rescueJobs({ lease: 30_000, age: undefined, missing: [], limit: 100 })
  for (const { id } of jobs) await engine.getJob(id)
}

function engineOn(database: Database) {
  return postgresEngine({ database, names, clock: systemClock }, telemetry({ instance: 'Oban', node: 'here' }))
}

/** How often a session has run each of the statements that it keeps: by a plan for any values, or by one for these. */
async function plansOf(database: Database): Promise<Readonly<Record<string, { generic: number; custom: number }>>> {
  const look = `SELECT verb || CASE WHEN statement LIKE '%generate_series%' THEN ' planned anew' ELSE '' END,
      generic_plans::text, custom_plans::text
    FROM pg_prepared_statements, substring(name FROM '^staffa_(.*)_.*$') AS verb`
  const { rows } = await database.query({ name: '', text: look }, [])

  return Object.fromEntries(
    rows.map(([verb, generic, custom]) => [verb, { generic: Number(generic), custom: Number(custom) }]),
  )
}

test('a session keeps no plan that ends jobs with an error: it would be for the table as it was, empty perhaps', async () => {
  const database = oneSession()
  const engine = engineOn(database)
  for (let round = 0; round < 20; round++) for (const end of ends) await live(engine, end)
  const plans = await plansOf(database)

  const anew = ['ack', 'ack_completed', 'fetch'].map((verb) => `${verb} planned anew`)
  expect(Object.keys(plans).toSorted()).toEqual([...anew, 'ack_completed', 'fetch', 'insert_alike'].toSorted())
  for (const statement of anew) expect(plans[statement]?.generic).toBe(0)
  expect(plans.insert_alike?.generic).toBeGreaterThan(10)
})

type Ask = (engine: ReturnType<typeof postgresEngine>) => Promise<unknown>

const keeping: readonly (readonly [verb: string, ask: Ask, values: string])[] = [
  ['fetch', (engine) => engine.fetchJobs(claim), `'default', '100', '{node,producer}', NULL`],
  [
    'ack_completed',
    (engine) => engine.ackJobs([{ id: 1, attempt: 1, state: 'completed' }], { producers: [claim.producer] }),
    `'{1}', '1', '{producer}', NULL`,
  ],
]

test.each(keeping)(
  '%s gives up a plan from when the table was empty when it reads all of a large one',
  async (verb, ask, values) => {
    const database = oneSession()
    const engine = engineOn(database)
    const run = async (text: string) => (await database.query({ name: '', text }, [])).rows
    const askOften = async (times: number) => {
      for (let turn = 0; turn < times; turn++) await ask(engine)
      const { generic = 0, custom = 0 } = (await plansOf(database))[verb] ?? {}

      return generic + custom
    }
    const readsAll = async () => {
      const [[name] = []] = await run(
        `SELECT name FROM pg_prepared_statements
        WHERE name ~ '^staffa_${verb}_[0-9a-f]{12}$' AND statement NOT LIKE '%generate_series%'`,
      )
      const plan = await run(`EXPLAIN EXECUTE ${name} (${values})`)

      return plan.some(([line]) => String(line).includes('Seq Scan on oban_jobs'))
    }
    await run(`TRUNCATE ${names.jobs}`)
    await run(`ALTER TABLE ${names.jobs} SET (autovacuum_enabled = false)`) // new statistics would bring a new plan
    await run(`VACUUM ANALYZE ${names.jobs}`)
    await askOften(20)
    const whileEmpty = await readsAll()
    await run(`INSERT INTO ${names.jobs} (worker, state, completed_at)
    SELECT 'work', 'completed', now() FROM generate_series(1, 300000)`)
    const before = await askOften(5)
    const uses = (await askOften(5)) > before
    const stillReadsAll = uses && (await readsAll()) // the server forgets a plan when much happens elsewhere
    await run(`TRUNCATE ${names.jobs}`)
    await run(`ALTER TABLE ${names.jobs} RESET (autovacuum_enabled)`)

    expect({ whileEmpty, stillReadsAll }).toEqual({ whileEmpty: true, stillReadsAll: false })
  },
)
