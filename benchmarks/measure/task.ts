import type { Client, Contender } from '../contenders/contender.ts'

/** What a task finds in the process that it runs in. */
export interface Bench {
  readonly contender: Contender
  readonly client: Client
  /** Sends something to the parent while the task runs, or after it. */
  readonly tell: (news: unknown) => void
}

/** Something that a process can be asked to do. */
export type Task = (bench: Bench, params: never) => Promise<unknown>
