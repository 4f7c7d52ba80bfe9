import type { PgPool } from '../engine/connect/pg.ts'
import type { Database } from '../engine/database.ts'
import type { AnyPlugin, JobContext, Plugin } from '../layers/plugin.ts'
import type { Worker } from '../layers/worker.ts'
import type { Service } from '../runtime/service.ts'
import type { Clock } from '../support/clock.ts'
import type { Duration } from '../support/duration.ts'
import type { Logger } from '../support/logger.ts'

/** How one queue runs on this node. */
export interface QueueSettings {
  /** The most jobs that run at once on this node. */
  readonly limit: number
  /** Whether it begins paused. Defaults to false. */
  readonly paused?: boolean | undefined
  /** Whether ends of jobs are written in batches, or each before its slot is free. Defaults to `batched`. */
  readonly ack?: 'batched' | 'sync' | undefined
  /** The most jobs to fetch ahead of free slots; 0 for none. Defaults to 1,000; slow jobs are never fetched ahead. */
  readonly prefetch?: number | undefined
  /** The least time between two fetches. Defaults to the instance's. */
  readonly dispatchCooldown?: Duration | undefined
}

export interface StagerSettings {
  /** How often to look for due jobs. Defaults to one second. */
  readonly interval?: Duration | undefined
  /** The most jobs to stage at once. Defaults to 5,000. */
  readonly limit?: number | undefined
}

/** Plugins that add nothing to the context may go on the whole instance. */
export type InstancePlugin = Plugin<JobContext, {}> | Plugin<object, {}>

export interface StaffaOptions {
  /** A PostgreSQL URL, a `pg.Pool` (which is left open), or an adapter such as `pglite('./data')`. */
  readonly database: string | PgPool | Database
  /** The instance's name on the wire. Nodes of one name lead each other. Defaults to `Oban`. */
  readonly name?: string | undefined
  /** This process's name, unlike every other's. Defaults to the host name and some random letters. */
  readonly node?: string | undefined
  /** The schema of the tables. Defaults to `public`. */
  readonly prefix?: string | undefined
  /** The queues that this node works, and how many jobs each runs at once. Defaults to none. */
  readonly queues?: Readonly<Record<string, number | QueueSettings>> | undefined
  /** The workers that this node knows. Defaults to none. */
  readonly workers?: readonly Worker[] | undefined
  /** Layers around every worker's own. Defaults to none. */
  readonly use?: readonly (InstancePlugin | AnyPlugin)[] | undefined
  /** What else starts and stops with the instance. Defaults to nothing. */
  readonly services?: readonly Service[] | undefined
  /** How due jobs become available; `false` leaves it to other nodes. */
  readonly stager?: StagerSettings | false | undefined
  /** Whether to hear notices, or to look every stager interval. Defaults to `listen` where the database can. */
  readonly notifier?: 'listen' | 'poll' | undefined
  /** How long jobs may go on after `stop`. Defaults to 15 seconds. */
  readonly shutdownGracePeriod?: Duration | undefined
  /** The least time between two fetches of a queue. Defaults to none. */
  readonly dispatchCooldown?: Duration | undefined
  /** Where lines go. Defaults to JSON on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
  /** Where the time comes from. Defaults to the database's clock. */
  readonly clock?: Clock | undefined
}
