import type { InsertedJob, Job, NewJob } from '../job/job.ts'
import type { JobState } from '../job/state.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import type { Queryable } from './database.ts'

/** Names a node and one of its producers, as jobs carry it. */
export interface Claimant {
  readonly node: string
  /** A UUID, new at each start of a queue. */
  readonly producer: string
}

export interface InsertJobsOptions {
  /** Where to write: the caller's transaction, or any free connection. */
  readonly on?: Queryable | undefined
  /** Whether to tell other nodes. Defaults to true. */
  readonly notify?: boolean | undefined
}

export interface FetchOptions extends Claimant {
  readonly queue: string
  readonly limit: number
}

/** What a fetch brought. */
export interface Fetched {
  /** Now executing, in the order in which to run them. */
  readonly jobs: readonly Job[]
  /** Jobs that had no attempts left, and were discarded instead. */
  readonly discarded: readonly Job[]
}

export interface AckOptions {
  readonly on?: Queryable | undefined
  /** The producers that the attempts belong to. */
  readonly producers: readonly string[]
}

export interface ReleaseOptions {
  readonly producer: string
  /** Jobs that the producer knows to be its own. */
  readonly except: readonly number[]
}

export interface StageOptions {
  readonly limit: number
  /** Queues to look into for available jobs whose notice may have been lost. */
  readonly queues: readonly string[]
}

export interface Staged {
  /** How many jobs became available. */
  readonly count: number
  /** Queues with something to fetch. */
  readonly queues: readonly string[]
}

/** Which jobs: every field that is given must fit. A list fits when one of its members does. */
export interface JobFilter {
  readonly id?: number | readonly number[] | undefined
  readonly state?: JobState | readonly JobState[] | undefined
  readonly queue?: string | readonly string[] | undefined
  readonly worker?: string | readonly string[] | undefined
  readonly priority?: number | readonly number[] | undefined
  /** Fits jobs that have all of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Fits jobs whose args contain this. */
  readonly args?: object | undefined
  /** Fits jobs whose meta contains this. */
  readonly meta?: object | undefined
}

export interface ListOptions extends JobFilter {
  /** The largest number of jobs. Defaults to 100. */
  readonly limit?: number | undefined
  /** Only jobs with a smaller id, for the next page. */
  readonly before?: number | undefined
}

/** The verbs of a job's life, each one statement. Another database needs another engine. */
export interface Engine {
  insertJobs(jobs: readonly NewJob[], options?: InsertJobsOptions): Promise<readonly InsertedJob[]>
  fetchJobs(options: FetchOptions): Promise<Fetched>
  /** Writes what attempts led to; gives back the ids of the jobs that still belonged to them. */
  ackJobs(acks: readonly Ack[], options: AckOptions): Promise<ReadonlySet<number>>
  /** Gives back what a producer has claimed without knowing it, because the answer was lost; tells how many. */
  releaseJobs(options: ReleaseOptions): Promise<number>
  stageJobs(options: StageOptions): Promise<Staged>
  getJob(id: number): Promise<Job | undefined>
  listJobs(options: ListOptions): Promise<readonly Job[]>
  notify(channel: string, payloads: readonly object[]): Promise<void>
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
}
