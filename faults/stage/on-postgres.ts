import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Desk } from '../desk/desk.ts'
import type { History } from '../history.ts'
import { resumption } from '../invariants/resumes.ts'
import { now } from '../ledger/line.ts'
import { watchTables } from '../ledger/tables.ts'
import { Line } from '../network/line.ts'
import { randomOf, seedOf } from '../random.ts'
import type { PerformOptions, Plot, Scenario } from '../scenario.ts'
import { Server } from '../server/server.ts'
import { Database } from './database.ts'
import { Nodes } from './nodes.ts'
import { Stage } from './stage.ts'

/** Makes a scenario of a plot: starts everything, has it broken under load, and waits for the last job. */
export function onPostgres(plot: Plot): Scenario {
  return { ...plot, perform: (options) => perform(plot, options) }
}

async function perform(plot: Plot, options: PerformOptions): Promise<History> {
  await using stack = new AsyncDisposableStack()
  const { seed, quick, prefix = 'public' } = options
  const server = options.url ? undefined : stack.use(await Server.create())
  const url = options.url ?? server?.url ?? ''
  const random = randomOf(seedOf(seed, plot.name))
  const directory = await mkdtemp(join(tmpdir(), 'staffa-ledger-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const database = new Database(url, prefix)
  const line = plot.line ? stack.use(await Line.open(url)) : undefined
  const desk = stack.use(new Desk({ rate: quick ? 150 : 250, work: 30, ...plot.load, url, prefix, random }))
  await desk.staffa.migrate()
  await database.query(watchTables(database.schema))
  const nodes = stack.use(new Nodes({ url: line?.url ?? url, prefix, ...plot.node }, directory))
  await Promise.all(Array.from({ length: plot.nodes ?? 3 }, () => nodes.start()))

  // Not until it is over may everything be ended.
  return await play(plot, new Stage({ server, database, desk, line, random, quick, nodes }))
}

async function play(plot: Plot, stage: Stage): Promise<History> {
  const { desk, database, nodes } = stage
  desk.start()
  await stage.wait(stage.time({ whole: 2_000, quick: 1_000 }))
  await plot.run(stage)
  const healed = { at: now(), within: plot.resumesWithin }
  await resumed(nodes, healed)
  await desk.close()
  await database.quiet(stage.time({ whole: 60_000, quick: 30_000 }))
  const { inserts, cancelled } = desk

  return { healed, inserts, cancelled, faults: stage.faults, ...nodes.seen(), ...(await database.read()) }
}

/** Waits until work goes on, though no longer than twice the time that was stated. */
async function resumed(nodes: Nodes, healed: History['healed']): Promise<void> {
  while (now() < healed.at + healed.within * 2) {
    if (Number.isFinite(resumption({ ...nodes.seen(), healed }))) return
    await sleep(250)
  }
}
