import { queryableOf } from '../engine/connect/transaction.ts'
import { postgresEngine } from '../engine/postgres/index.ts'
import type { Client, InsertOptions } from '../layers/client.ts'
import { inserter } from '../runtime/inserter.ts'
import { type Node, node } from '../runtime/node.ts'
import { telemetry } from '../support/telemetry.ts'
import { logFailures } from '../support/telemetry-logger.ts'
import type { Config } from './config.ts'
import { type Drain, drains } from './drain.ts'
import { type Inserts, inserts } from './inserts.ts'
import { Jobs } from './jobs.ts'
import { Queues } from './queues.ts'

/** What an instance delegates to. */
export interface Parts {
  readonly node: Node
  readonly inserts: Inserts
  readonly jobs: Jobs
  readonly queues: Queues
  readonly drain: Drain
  readonly notify: (channel: string, notice: object, transaction?: InsertOptions['transaction']) => Promise<void>
}

/** Puts the parts of an instance together. Opens nothing. */
export function assemble(config: Config, client: Client, isStarted: () => boolean): Parts {
  const events = telemetry({ instance: config.name, node: config.node }, logFailures(config.logger))
  const engine = postgresEngine(config, events)
  const tools = { ...config, engine, telemetry: events, client }
  const runtime = node(config, tools)
  const nudge = (queues: Iterable<string>) => runtime.producers.nudge(queues)

  return {
    node: runtime,
    inserts: inserts({ ...tools, inserter: inserter(engine), nudge }),
    jobs: new Jobs(engine, runtime.changer),
    queues: new Queues({ name: config.name, node: config.node, engine, runtime, isStarted }),
    drain: drains(tools, runtime),
    notify: async (channel, notice, transaction) =>
      engine.notify(channel, [notice], transaction === undefined ? undefined : queryableOf(transaction)),
  }
}
