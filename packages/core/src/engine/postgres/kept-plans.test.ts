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

test('a session keeps no plan that finds jobs: it would be for the table as it was, empty perhaps', async () => {
  const database = oneSession()
  const engine = postgresEngine({ database, names, clock: systemClock }, telemetry({ instance: 'Oban', node: 'here' }))
  for (let round = 0; round < 20; round++) for (const end of ends) await live(engine, end)

  const look = `SELECT verb, generic_plans > 0, custom_plans > 10
    FROM pg_prepared_statements, substring(name FROM '^staffa_(.*)_.*$') AS verb ORDER BY verb COLLATE "C"`
  const { rows } = await database.query({ name: '', text: look }, [])

  expect(rows).toEqual([
    ['ack', 'f', 't'],
    ['ack_completed', 'f', 't'],
    ['fetch', 'f', 't'],
    ['insert_alike', 't', 'f'],
  ])
})
