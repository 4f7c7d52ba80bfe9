/**
 * What happened, as far as anybody saw it: the application, the nodes, and the database. Instants are milliseconds
 * since 1970, by the machine's clock.
 */
export interface History {
  /** For how many milliseconds others wait for a sign of life of a node. */
  readonly lease: number
  /** The most handlers that a node may run at once. */
  readonly limit: number
  /** What the application was told about its inserts. */
  readonly inserts: readonly Insert[]
  /** The jobs of which the application was told that they are cancelled. */
  readonly cancelled: readonly number[]
  /** The attempts at jobs, as the nodes wrote them down outside of the database. */
  readonly runs: readonly Run[]
  readonly nodes: readonly NodeLife[]
  readonly faults: readonly Fault[]
  /** Every change of a job's state, as a trigger saw it. */
  readonly changes: readonly Change[]
  /** The table, at the end. */
  readonly rows: readonly Row[]
  /** What a plugin wrote when jobs were settled. */
  readonly settlements: readonly Settlement[]
  /** What jobs wrote that end in their own transaction, by the id of the job. */
  readonly effects: readonly number[]
  /** When all was well again, and in how many milliseconds work had to go on. */
  readonly healed: { readonly at: number; readonly within: number }
}

export interface Insert {
  /** In the args of the job. */
  readonly key: string
  readonly at: number
  /**
   * `unknown`: the connection was lost before the answer came. `rolled back`: the application did that itself, or it
   * was told of an error.
   */
  readonly outcome: 'acknowledged' | 'rolled back' | 'unknown'
  readonly id?: number | undefined
  /** Whether an equal job was there already. */
  readonly conflict?: boolean | undefined
  /** What the application was told, when it did not ask for that. */
  readonly error?: string | undefined
}

export interface Run {
  readonly job: number
  readonly attempt: number
  readonly node: string
  readonly started: number
  /** When the handler came to its end; undefined when it never did. */
  readonly left?: number | undefined
  /** When the node gave its slot to another job, though it had not. */
  readonly abandoned?: number | undefined
  /** What the node has told of the end of the attempt. */
  readonly end?: { readonly at: number; readonly state: string; readonly written: boolean } | undefined
}

/** One process that works, from its start to its end. Nodes that are started again have other names. */
export interface NodeLife {
  readonly name: string
  readonly started: number
  /** When the process ended; undefined when it was alive at the end. */
  readonly ended?: number | undefined
  /** True when nobody had told it to end. */
  readonly crashed: boolean
  /** Until when its own words were read. */
  readonly seen: number
  /** Signs of life that the database took: when each was sent, and when the answer came. */
  readonly beats: readonly Span[]
  /** What failed in the background and was tried again: when, and where. */
  readonly failures: readonly { readonly at: number; readonly where: string }[]
  /** Times in which the process did nothing, by its own timer. */
  readonly stalls: readonly Span[]
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Something that was broken on purpose, from the moment at which that began. */
export interface Fault extends Span {
  readonly what: string
  /** The nodes that it was about. */
  readonly nodes: readonly string[]
}

export interface Change {
  readonly job: number
  /** Undefined for a row that was inserted. */
  readonly before?: string | undefined
  /** Undefined for a row that was deleted. */
  readonly after?: string | undefined
  /** The attempt before the change. */
  readonly attempt: number
  /** The node that had claimed the job before the change. */
  readonly claimant?: string | undefined
  /** Who changed it: the name of the session. */
  readonly by: string
  readonly at: number
  /** The number of the transaction. */
  readonly transaction: string
  /** What makes the job equal to others, where it is unique. */
  readonly fingerprint?: string | undefined
  /** From when on the job might run, after the change. */
  readonly due?: number | undefined
}

export interface Row {
  readonly id: number
  readonly key: string
  readonly worker: string
  readonly state: string
  /** Whether something is to be done when the job ends; `pending` when that was not done. */
  readonly settles: 'no' | 'pending' | 'done'
}

export interface Settlement {
  readonly job: number
  readonly state: string
  /** What ended the job. */
  readonly by: string
  readonly transaction: string
}

/** What an invariant has found: a sentence about it. */
export type Violation = string

/** Something that must hold for every history. */
export type Invariant = (history: History) => readonly Violation[]
