import type { DeskOptions } from './desk/desk.ts'
import type { History } from './history.ts'
import type { NodeOrder } from './node/protocol.ts'
import type { Stage } from './stage/stage.ts'

/** One thing that goes wrong while jobs are inserted and done. */
export interface Scenario {
  /** What to call it on the command line. */
  readonly name: string
  /** What goes wrong. */
  readonly fault: string
  /** What is promised about it, for users. */
  readonly promise: string
  /** Whether the history shows that the fault was felt: what breaks nothing proves nothing. Defaults to always. */
  readonly felt?: ((history: History) => boolean) | undefined
  /** Plays it, from its first node to its last job; tells what happened. */
  readonly perform: (options: PerformOptions) => Promise<History>
}

export interface PerformOptions {
  readonly seed: number
  /** Whether to take the smaller load and the shorter faults. */
  readonly quick: boolean
  /** A database for scenarios that leave their server alone; otherwise each starts a server of its own. */
  readonly url?: string | undefined
  /** The schema to work in. Defaults to `public`. */
  readonly prefix?: string | undefined
}

/** A scenario on a PostgreSQL server, with nodes in processes of their own. */
export interface Plot extends Omit<Scenario, 'perform'> {
  /** In how many milliseconds work goes on by itself, once all is well again. */
  readonly resumesWithin: number
  /** How many nodes there are when it begins. Defaults to 3. */
  readonly nodes?: number | undefined
  /** What the nodes are that it begins with, besides the usual. */
  readonly node?: Partial<NodeOrder> | undefined
  /** What the load is, besides the usual. */
  readonly load?: Partial<Pick<DeskOptions, 'rate' | 'work' | 'padding'>> | undefined
  /** Whether nodes reach the server through a line that can be broken. */
  readonly line?: boolean | undefined
  /** Breaks something, and mends it. Resolves when all is well again. */
  readonly run: (stage: Stage) => Promise<void>
}
