import type { Engine } from '../engine/engine.ts'
import { postgresEngine } from '../engine/postgres/index.ts'
import type { Client } from '../layers/client.ts'
import { type Inserter, inserter } from '../runtime/inserter.ts'
import { type Node, node } from '../runtime/node.ts'
import { telemetry } from '../support/telemetry.ts'
import type { Config } from './config.ts'

/** What an instance delegates to. */
export interface Parts {
  readonly engine: Engine
  readonly inserter: Inserter
  readonly node: Node
}

/** Puts the parts of an instance together. Opens nothing. */
export function assemble(config: Config, client: Client): Parts {
  const events = telemetry({ instance: config.name, node: config.node })
  const engine = postgresEngine(config, events)

  return {
    engine,
    inserter: inserter(engine),
    node: node(config, { ...config, engine, telemetry: events, client }),
  }
}
