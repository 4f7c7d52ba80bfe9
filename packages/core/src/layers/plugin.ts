import type { Encoded, Job, NewJob } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import type { FinalState } from '../job/state.ts'
import type { Logger } from '../support/logger.ts'
import type { Transaction } from '../support/transaction.ts'
import type { Client, KyselyTransaction } from './client.ts'
import type { Protection } from './protection.ts'

/** What every layer can count on. Immutable: layers add to it by `next({ … })`. */
export interface JobContext<Args = unknown> {
  readonly job: Job
  readonly args: Args
  /** Aborted when the attempt must end early; `signal.reason` is a `StaffaError` whose code says why. */
  readonly signal: AbortSignal
  /** The instance that runs the job. */
  readonly staffa: Client
  /** True when an outer layer keeps the job secret: inner layers then quote neither args nor results in errors or logs. */
  readonly confidential?: boolean | undefined
  /**
   * Makes text unreadable by the means of every layer outside that protects what it stores: for what a layer puts into
   * the job's meta. Without such layers it is the same text. `unseal` is the way back.
   */
  readonly seal: (text: string) => Promise<string>
  /** A logger whose lines name the job. */
  readonly logger: Logger
  /**
   * Writes the end of the attempt through a transaction that the layer holds, so that the job ends if and only if
   * that transaction commits. At most once; throws `LOST` when the job no longer belongs to this attempt.
   */
  readonly acknowledge: (transaction: Transaction | KyselyTransaction, outcome: Outcome) => Promise<void>
}

/** The context before any layer has touched it. */
export type RawContext = JobContext<Encoded>

/** Hands over to the inner layers, with additions to (or replacements in) their context. */
export type Next = <Adds extends object = {}>(adds?: Adds) => Promise<Outcome<Adds>>

/** Execute-time wrapper: does something around `next()` and returns its outcome. */
export type Middleware<Needs extends object, Adds extends object> = (
  context: Needs,
  next: Next,
) => Promise<Outcome<Adds>>

/** Insert-time transform: the mirror image of a middleware. */
export type Transform = (job: NewJob) => NewJob | Promise<NewJob>

/** A job that has just left its life for good. */
export interface SettledJob {
  readonly job: Job
  /** How it ended. */
  readonly state: FinalState | 'deleted'
  /** What ended it: its own attempt, somebody who cancelled or deleted it, a rescue, or a fetch that found no attempts left. */
  readonly by: 'attempt' | 'cancel' | 'delete' | 'rescue' | 'fetch'
}

/** Called in the transaction that ended the jobs. What it writes is written if and only if they ended. */
export type Settle = (settled: readonly SettledJob[], transaction: Transaction) => Promise<void>

/** A change to the database that a plugin needs. */
export interface PluginMigration {
  /** Unique among the plugin's own, and never changed once released. */
  readonly name: string
  /** The statements, for the schema whose quoted name is given. */
  readonly up: (schema: string) => readonly string[]
  readonly down: (schema: string) => readonly string[]
}

declare const input: unique symbol

/** Marks a plugin that leaves a worker's input type alone. */
export interface Untouched {
  readonly untouched: true
}

/**
 * A layer between the database and a worker's function.
 *
 * `Needs` is what it reads from the context, `Adds` is what the layers inside it will find there, and `Input` is
 * what callers must now pass to `new()`.
 */
export interface Plugin<Needs extends object = object, Adds extends object = {}, Input = Untouched> {
  /** The plugin's name, for messages. Not `name`: every function has one. */
  readonly plugin: string
  /** Runs when a job is about to be written, from the last layer to the first. */
  readonly insert?: Transform | undefined
  /** Runs around an attempt, from the first layer to the last. */
  readonly execute?: Middleware<Needs, Adds> | undefined
  /** Runs when jobs have ended, on every path that ends them. */
  readonly settle?: Settle | undefined
  /** Keeps secret what the layers inside store in the job's meta, as this layer keeps the args. */
  readonly protect?: Protection | undefined
  readonly migrations?: readonly PluginMigration[] | undefined
  /** In the types alone: what callers must now pass to `new()`. */
  readonly [input]?: Input | undefined
}

/** What `use()` takes: a plugin, or just the execute-time half of one. */
export type Layer<Context extends object, Adds extends object, Input> =
  | Plugin<Context, Adds, Input>
  | Middleware<Context, Adds>

// biome-ignore lint/suspicious/noExplicitAny: a stack holds plugins of every need; the builder has checked them
export type AnyPlugin = Plugin<any, any, any>

/** Infers a plugin's three types from its parts. */
export function definePlugin<Needs extends object, Adds extends object = {}, Input = Untouched>(
  plugin: Plugin<Needs, Adds, Input>,
): Plugin<Needs, Adds, Input> {
  return plugin
}
