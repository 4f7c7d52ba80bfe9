import type { Database } from '../engine/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { Names } from '../engine/names.ts'
import type { Client } from '../layers/client.ts'
import type { AnyPlugin } from '../layers/plugin.ts'
import type { Registry } from '../layers/registry.ts'
import type { Clock } from '../support/clock.ts'
import type { Logger } from '../support/logger.ts'
import type { Telemetry } from '../support/telemetry.ts'

/** A notice's content: always an object, never trusted. */
type Notice = Readonly<Record<string, unknown>>

/** What a service may use of the instance that it belongs to. */
export interface ServiceHost {
  readonly client: Client
  /** The workers that the instance knows. */
  readonly registry: Registry
  /** The layers around every worker's own. */
  readonly use: readonly AnyPlugin[]
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly engine: Engine
  /** For tables of the service's own, which lie in the schema that `names` tells of. */
  readonly database: Database
  readonly names: Names
  /** Whether this node leads those of its name, as far as it knows: another may have taken over a moment ago. */
  isLeader(): boolean
  /** Sends a notice to every node that listens, this one among them. */
  notify(channel: string, notice: object): Promise<void>
  /** Hears the notices of a channel. To be called from `attach` alone. */
  listen(channel: string, handler: (notice: Notice) => void): void
}
