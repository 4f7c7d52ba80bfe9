import type { PgPool } from '../engine/connect/pg.ts'
import type { Database } from '../engine/database.ts'
import type { FinalState } from '../job/state.ts'
import type { AnyPlugin, JobContext, Plugin } from '../layers/plugin.ts'
import type { Worker } from '../layers/worker.ts'
import type { Service } from '../runtime/service.ts'
import type { Clock } from '../support/clock.ts'
import type { Duration } from '../support/duration.ts'
import type { Logger } from '../support/logger.ts'
import type { TestingMode } from '../support/testing-mode.ts'

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
  /** How often to look for jobs though nothing says that there are any. Defaults to a minute. */
  readonly refreshInterval?: Duration | undefined
}

export interface StagerSettings {
  /** How often to look for due jobs. Defaults to one second. */
  readonly interval?: Duration | undefined
  /** The most jobs to stage at once. Defaults to 5,000. */
  readonly limit?: number | undefined
}

export interface LeaderSettings {
  /** How long the lead is held without being renewed: at most so long nobody leads after a crash. Defaults to 30 s. */
  readonly lease?: Duration | undefined
}

export interface RescuerSettings {
  /** How often to look for jobs of nodes that are gone. Defaults to 10 seconds. */
  readonly interval?: Duration | undefined
  /** How long a node may be silent before its jobs are taken back. The same on every node. Defaults to 30 seconds. */
  readonly lease?: Duration | undefined
  /** How long any job may be executing, also one of a node that is not Staffa. Defaults to `'infinity'`. */
  readonly age?: Duration | 'infinity' | undefined
  /** The most jobs to take back at once. Defaults to 5,000. */
  readonly limit?: number | undefined
}

/** Which ended jobs to keep, and how long. The first rule that a job fits is the one that counts. */
export interface PrunerRuleSettings {
  /** Defaults to all that end a job. */
  readonly states?: readonly FinalState[] | undefined
  /** Defaults to every queue. */
  readonly queues?: readonly string[] | undefined
  /** Names of workers. Defaults to every worker. */
  readonly workers?: readonly string[] | undefined
  /** How long to keep them after they ended, or `'infinity'`. Defaults to the pruner's, unless there is a `length`. */
  readonly age?: Duration | 'infinity' | undefined
  /** How many to keep in each state, the newest. Defaults to any number. */
  readonly length?: number | undefined
}

export interface PrunerSettings {
  /** How often to look. Defaults to 30 seconds. */
  readonly interval?: Duration | undefined
  /** The most jobs to delete in one statement. Defaults to 10,000. */
  readonly limit?: number | undefined
  /** How long to keep what no rule is about. Defaults to one day. */
  readonly age?: Duration | 'infinity' | undefined
  /** What to keep for longer or shorter. Defaults to nothing. */
  readonly rules?: readonly PrunerRuleSettings[] | undefined
}

export interface ReindexerSettings {
  /** How often to rebuild. Defaults to a day. */
  readonly interval?: Duration | undefined
  /** Names of indexes. Defaults to those that grow the most: the one for fetching and the one for staging. */
  readonly indexes?: readonly string[] | undefined
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
  /** How nodes choose the one that rescues, prunes and inserts periodic jobs; `false` for one that never leads. */
  readonly leader?: LeaderSettings | false | undefined
  /** How jobs are taken back from nodes that are gone; `false` leaves it to other nodes. */
  readonly rescuer?: RescuerSettings | false | undefined
  /** How long jobs are kept after they ended; `false` leaves it to other nodes. */
  readonly pruner?: PrunerSettings | false | undefined
  /** Rebuilds indexes now and then. Defaults to `false`. */
  readonly reindexer?: ReindexerSettings | false | undefined
  /** In tests: `manual` starts nothing, `inline` runs a job as soon as it is inserted and stores nothing. */
  readonly testing?: TestingMode | undefined
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
