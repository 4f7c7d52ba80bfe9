import type { Kysely } from 'kysely'

/** What may be bound to a parameter. Every parameter is text to the server, and cast there. */
export type Value = string | number | boolean | null

/** A row, its columns in the order of the statement. What is not text is what the driver made of it. */
export type Row = readonly unknown[]

export interface Rows {
  readonly rows: readonly Row[]
  /** How many rows the statement returned or changed. */
  readonly count: number
}

/** A statement with a name of its own. */
export interface Statement {
  readonly name: string
  readonly text: string
  /** True for one that is over in a moment: when no answer comes for long, none will, and its connection is lost. */
  readonly brief?: boolean | undefined
  /** For a brief one: milliseconds after which its connection is lost, where the adapter would wait for longer. */
  readonly within?: number | undefined
  /** True for one that sessions may keep prepared under its name. Any other is planned for the tables as they are. */
  readonly kept?: boolean | undefined
  /** What kind of statements it is of, where the same connection had better run them all. */
  readonly lane?: string | undefined
}

/** Runs statements: on any free connection, or inside one transaction. */
export interface Queryable {
  query(statement: Statement, values: readonly Value[]): Promise<Rows>
}

export interface ListenOptions {
  readonly channels: readonly string[]
  readonly onNotice: (channel: string, payload: string) => void
  /** Called once, when the connection is gone. Nobody listens from then on. */
  readonly onLost: (error: unknown) => void
}

/** A connection that listens for notices. */
export interface Listener {
  /** Listens to one more channel. */
  listen(channel: string): Promise<void>
  /** Asks the server for a sign of life; rejects when there is none. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** How Staffa reaches a database: a Kysely instance, a raw query, a transaction, and notices where there are any. */
export interface Database extends Queryable {
  readonly kysely: Kysely<object>
  /** Runs work in a transaction of its own: commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
  /** Begins to listen. Missing where notices don't work, such as behind a transaction-pooling proxy. */
  readonly listen?: ((options: ListenOptions) => Promise<Listener>) | undefined
  /**
   * For how long this process has had the database to itself, in milliseconds. Only where no two processes can have it
   * at once, as with an embedded one: what has been executing for longer than that belongs to a process that is gone.
   */
  readonly exclusiveFor?: (() => number) | undefined
  /** Ends what the adapter itself opened. */
  close(): Promise<void>
}
