import type { InsertedJob, Job, NewJob } from '../job/job.ts'
import type { Transaction } from '../support/transaction.ts'
import type { Protecting } from './protection.ts'

/** A Kysely transaction, by shape. */
export interface KyselyTransaction {
  executeQuery(query: never): Promise<{ readonly rows: readonly unknown[] }>
  getExecutor(): unknown
}

export interface InsertOptions {
  /** The caller's own open transaction: the job exists when it commits, and never existed when it rolls back. */
  readonly transaction?: Transaction | KyselyTransaction | undefined
}

/** As for inserting: the notice is sent if and only if the caller's transaction commits. */
export type NotifyOptions = Pick<InsertOptions, 'transaction'>

/** The jobs to insert: a list, or anything that can be looped over, awaited or not. */
export type NewJobs<Result = unknown> = Iterable<NewJob<Result>> | AsyncIterable<NewJob<Result>>

/** What a layer can do with the instance that runs its job. */
export interface Client {
  /** The instance's name, as other nodes know it. */
  readonly name: string
  readonly node: string
  /** The layers around every worker's own, from the database inwards. */
  readonly use: readonly Protecting[]
  insert<Result>(job: NewJob<Result>, options?: InsertOptions): Promise<InsertedJob<Result>>
  insertAll<Result>(jobs: NewJobs<Result>, options?: InsertOptions): Promise<readonly InsertedJob<Result>[]>
  readonly jobs: { get(id: number): Promise<Job | undefined> }
  /** Sends a notice to everybody who listens to that channel: at once, or when the caller's transaction commits. */
  notify(channel: string, notice: object, options?: NotifyOptions): Promise<void>
  /** Hears the notices of a channel; `onListening` tells that some may have been missed before. Returns what ends it. */
  listen(
    channel: string,
    onNotice: (notice: Readonly<Record<string, unknown>>) => void,
    onListening?: () => void,
  ): () => void
}
