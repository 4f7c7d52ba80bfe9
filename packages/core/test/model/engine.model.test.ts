import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { postgres } from '../../src/engine/connect/pg.ts'
import { migrate } from '../../src/engine/migrations/migrate.ts'
import { namesIn } from '../../src/engine/names.ts'
import { postgresEngine } from '../../src/engine/postgres/index.ts'
import { telemetry } from '../../src/support/telemetry.ts'
import { commands } from './commands.ts'
import { emptyModel } from './model.ts'
import { agree, node, type System } from './system.ts'

const names = namesIn(`model_${process.pid}`)
const database = postgres(inject('databaseUrl'))
const time = { time: 0 }
const clock = { now: () => new Date(time.time), authoritative: true }
const engine = postgresEngine({ database, names, clock }, telemetry({ instance: 'Oban', node }))
const system: System = { engine, database, names, clock: time }

const run = (text: string) => database.query({ name: '', text }, [])

beforeAll(async () => {
  await migrate(database, names)
})

afterAll(async () => {
  await run(`DROP SCHEMA ${names.schema} CASCADE`)
  await database.close()
})

test('the engine does what a model of it does, whatever the order of events', async () => {
  let steps = 0
  const property = fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (chosen) => {
    await run(`WITH silent AS (DELETE FROM ${names.producers}) DELETE FROM ${names.jobs}`)
    const setup = () => ({ model: emptyModel(), real: system })
    await fc.asyncModelRun(setup, chosen)
    steps += [...chosen].length
  })

  await fc.assert(property, { numRuns: Number(process.env.MODEL_RUNS ?? 1_000), endOnFailure: false })
  expect(steps).toBeGreaterThan(1_000)
}, 240_000)

test('a model that is wrong is found out', async () => {
  const model = emptyModel()
  await run(`TRUNCATE ${names.jobs}`)
  await run(`INSERT INTO ${names.jobs} (worker) VALUES ('stranger')`)

  await expect(agree(model, system)).rejects.toThrow()
})
