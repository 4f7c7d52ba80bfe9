/** What every job carries: about 75 bytes of JSON. `n` counts from 0, so that lost and doubled jobs are noticed. */
export interface Args {
  readonly n: number
  /** When it was inserted, in milliseconds of the machine's monotonic clock, where latency is measured. */
  readonly at?: number | undefined
  readonly name: string
  readonly email: string
  readonly plan: string
}

/** Where a contender works. */
export interface Place {
  /** A PostgreSQL database of its own. */
  readonly url: string
  /** A Redis, for those that need one. */
  readonly redis: string | undefined
  /** The queues that jobs are spread over. */
  readonly queues: readonly string[]
}

export interface WorkOptions {
  /** How many jobs of each queue run at once. */
  readonly limit: number
  readonly handle: (args: Args) => void | Promise<void>
}

/** One contender, in one process, at one place. Opens nothing before it is asked for something. */
export interface Client {
  /** Makes tables and queues. */
  prepare(): Promise<void>
  insert(args: Args): Promise<unknown>
  /** Inserts a batch, in one call of the contender's own. */
  insertAll(list: readonly Args[]): Promise<unknown>
  /** Begins to work. */
  work(options: WorkOptions): Promise<void>
  /** How many jobs are neither completed nor, where completed ones are deleted, gone. */
  unfinished(): Promise<number>
  stop(): Promise<void>
  /** Inserts a batch that is due at one moment. */
  schedule?(list: readonly Args[], at: Date): Promise<unknown>
  /** Inserts a job unless one of the same `n` waits. */
  insertUnique?(args: Args): Promise<unknown>
  /** Inserts a batch of those. */
  insertAllUnique?(list: readonly Args[]): Promise<unknown>
  /** Stores that many jobs that have completed. */
  keep?(count: number): Promise<unknown>
  /** Removes what is stored outside of the PostgreSQL database. */
  clear?(): Promise<unknown>
}

/** Something that is measured. */
export interface Contender {
  readonly name: string
  /** Its settings, in words. */
  readonly settings: string
  readonly kind: 'staffa' | 'floor' | 'peer'
  readonly store: 'postgres' | 'redis' | 'pglite'
  /** A part of the jobs is enough for one that would take minutes. Defaults to all. */
  readonly share?: number
  readonly open: (place: Place) => Client
}

/** The args of job number `n`. */
export function argsOf(n: number): Args {
  return { n, name: 'Ann Example', email: 'ann@example.com', plan: 'monthly' }
}

/** The args of jobs `from` to `from + count - 1`. */
export function argsFrom(from: number, count: number): readonly Args[] {
  return Array.from({ length: count }, (_, index) => argsOf(from + index))
}

/** The same, in batches of a thousand. */
export function* batchesOf(jobs: number, from = 0): Generator<readonly Args[]> {
  const batch = 1_000
  for (let start = 0; start < jobs; start += batch) yield argsFrom(from + start, Math.min(batch, jobs - start))
}

/** Jobs go round the queues. */
export function queueOf({ queues }: Place, { n }: Args): string {
  return queues[n % queues.length] as string
}
