import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Desk } from '../desk/desk.ts'
import { watchTables } from '../ledger/tables.ts'
import { Line } from '../network/line.ts'
import { randomOf, seedOf } from '../random.ts'
import type { PerformOptions, Plot } from '../scenario.ts'
import { Server } from '../server/server.ts'
import { Database } from './database.ts'
import { Nodes } from './nodes.ts'
import { Stage } from './stage.ts'

/** Starts everything that a plot needs, and has the stack end it. */
export async function setUp(plot: Plot, options: PerformOptions, stack: AsyncDisposableStack): Promise<Stage> {
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

  return new Stage({ server, database, desk, line, random, quick, nodes })
}
