import type { InsertedJob, Job, NewJob } from '../job/job.ts'
import type { FinalState, JobState } from '../job/state.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import type { Queryable } from './database.ts'
import type { JobChanges, JobFilter, ListOptions } from './filter.ts'

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
  /**
   * Leaves out the jobs of priority 0 that were scheduled before, and all that are more urgent. What was fetched there
   * leaves entries in the index that a fetch would have to go over until the table is vacuumed. Defaults to nothing.
   */
  readonly from?: Date | undefined
}

/** What a fetch has brought. Its jobs are read when they are first asked for: the next fetch can go out before. */
export interface Fetched {
  /** How many there are: those to run, and those that were discarded. */
  readonly count: number
  /** Now executing, in the order in which to run them. */
  readonly jobs: readonly Job[]
  /** Jobs that had no attempts left, and were discarded instead. */
  readonly discarded: readonly Job[]
  /** What the args and the meta of all of them take, as text. */
  readonly bytes: number
  /** When the last of those of priority 0 was scheduled, if there were any: since 1970, and no later than they were claimed. */
  readonly reached: Date | undefined
}

/** The end of an attempt, and the job that it belongs to, as it was fetched. */
export interface Ending {
  readonly ack: Ack
  readonly job: Job
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

/** A job that a statement changed, and the state that it had before. */
export interface Changed {
  readonly before: JobState
  readonly job: Job
}

export interface Deleted {
  readonly deleted: readonly Job[]
  /** Ended, and deleted as soon as they are settled. */
  readonly pending: readonly Job[]
}

/** Which ended jobs to settle: these, or any of these workers but for some. */
export type SettleOptions =
  | { readonly ids: readonly number[] }
  | { readonly workers: readonly string[]; readonly except: readonly number[]; readonly limit: number }

/** Times are in milliseconds. */
export interface RescueOptions {
  /** How long a producer may be silent. */
  readonly lease: number
  /** How long any job may be executing, whoever runs it; undefined for ever. */
  readonly age: number | undefined
  /** Producers that are known to be gone. */
  readonly missing: readonly string[]
  readonly limit: number
}

/** Which of the ended jobs a pruning rule is about, and how many or how old they may be. */
export interface PruneRule {
  readonly queues?: readonly string[] | undefined
  readonly workers?: readonly string[] | undefined
  /** Milliseconds that they are kept after they ended. */
  readonly age?: number | undefined
  /** How many of them are kept, the newest. */
  readonly length?: number | undefined
}

export interface Stray {
  readonly id: number
  /** Undefined when the row is gone. */
  readonly state: JobState | undefined
}

export interface PruneOptions {
  readonly state: FinalState
  readonly rule: PruneRule
  /** Rules that come first: their jobs are left alone. */
  readonly others: readonly PruneRule[]
  readonly limit: number
}

/** A producer, as other nodes see it. */
export interface ProducerRow {
  readonly uuid: string
  readonly name: string
  readonly node: string
  readonly queue: string
  readonly meta: object
}

export interface Candidate {
  /** What the lease is called. */
  readonly name: string
  readonly node: string
  /** Milliseconds. */
  readonly lease: number
}

export interface Election {
  readonly leader: string | undefined
  /** Milliseconds until the lease ends. */
  readonly remaining: number
}

/** The verbs of a job's life, each one statement. Another database needs another engine. */
export interface Engine {
  insertJobs(jobs: readonly NewJob[], options?: InsertJobsOptions): Promise<readonly InsertedJob[]>
  fetchJobs(options: FetchOptions): Promise<Fetched>
  /** Writes what attempts led to; gives back those whose jobs still belonged to them. */
  ackJobs(acks: readonly Ack[], options: AckOptions): Promise<ReadonlySet<Ack>>
  /**
   * The same for jobs with something to settle that have ended for good, marking them settled if the transaction commits.
   * Passes over those that somebody has changed since they were fetched; gives the others, as they are stored now.
   */
  endJobs(endings: readonly Ending[], options: AckOptions): Promise<ReadonlyMap<Ack, Job>>
  /** Looks for what a producer has claimed without knowing it, because the answer was lost, and gives just that back; tells how many. */
  releaseJobs(options: ReleaseOptions): Promise<number>
  stageJobs(options: StageOptions): Promise<Staged>
  /** Makes the scheduled and retryable jobs of a queue available: all, or those due by an instant; tells how many. */
  stageQueue(queue: string, until: Date | undefined): Promise<number>
  getJob(id: number): Promise<Job | undefined>
  listJobs(options: ListOptions): Promise<readonly Job[]>
  countJobs(filter: JobFilter): Promise<number>
  cancelJobs(filter: JobFilter, on?: Queryable): Promise<readonly Changed[]>
  retryJobs(filter: JobFilter, on?: Queryable): Promise<readonly Changed[]>
  deleteJobs(filter: JobFilter, on: Queryable): Promise<Deleted>
  eraseJobs(jobs: readonly Job[], on: Queryable): Promise<void>
  updateJobs(filter: JobFilter, changes: JobChanges, on?: Queryable): Promise<readonly Job[]>
  /** Takes ended jobs that are not settled, marking them settled if the transaction commits. */
  settleJobs(options: SettleOptions, on: Queryable): Promise<readonly Job[]>
  rescueJobs(options: RescueOptions, on?: Queryable): Promise<readonly Changed[]>
  /** Producers of ours whose jobs execute though nothing tells that they live. */
  missingProducers(): Promise<readonly string[]>
  /** Of these jobs, the ones that no longer execute under this producer, with their states. */
  strayJobs(producer: string, ids: readonly number[]): Promise<readonly Stray[]>
  pruneJobs(options: PruneOptions): Promise<number>
  /** Says that producers live; gives back those that nobody knew of, or no longer. */
  beatProducers(rows: readonly ProducerRow[]): Promise<readonly string[]>
  forgetProducers(uuids: readonly string[]): Promise<void>
  electLeader(candidate: Candidate): Promise<Election>
  resignLeader(name: string, node: string): Promise<void>
  reindex(index: string): Promise<void>
  dropInvalidIndexes(): Promise<readonly string[]>
  /** Notes for everybody that indexes are rebuilt now. */
  noteReindex(): Promise<void>
  /** Milliseconds since that was noted last, by whomever; undefined when it never was. */
  sinceReindex(): Promise<number | undefined>
  notify(channel: string, payloads: readonly object[], on?: Queryable): Promise<void>
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
}
