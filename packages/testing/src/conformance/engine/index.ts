import type { TestOptions } from '../../test-staffa.ts'
import { ackJobs } from './ack.ts'
import type { MakeEngine, Verb } from './bench.ts'
import { fetchJobs } from './fetch.ts'
import { insertJobs } from './insert.ts'
import { notify } from './notify.ts'
import { plans } from './plans.ts'
import { getJob, listJobs } from './read.ts'
import { releaseJobs } from './release.ts'
import { type Runner, register } from './runner.ts'
import { stageJobs, stageQueue } from './stage.ts'

export type { MakeEngine } from './bench.ts'
export type { Runner } from './runner.ts'

/** The engine to try, and where. */
export interface EngineSubject {
  /** What the suite is called. */
  readonly name: string
  /** A PostgreSQL URL or an adapter. Defaults to an in-memory PGlite. */
  readonly database?: TestOptions['database'] | undefined
  /** Makes the engine. Defaults to core's own. */
  readonly engine?: MakeEngine | undefined
  /** Whether several connections can be at work at once. Defaults to false. */
  readonly concurrent?: boolean | undefined
  /** The schema of the tables, which is dropped at the end. Defaults to a name without anything special. */
  readonly prefix?: string | undefined
  /** Who has made the tables: `oban-py` makes some columns of other types. Defaults to `staffa`. */
  readonly tables?: 'staffa' | 'oban-py' | undefined
}

const verbs: readonly Verb[] = [
  insertJobs,
  fetchJobs,
  ackJobs,
  releaseJobs,
  stageJobs,
  stageQueue,
  getJob,
  listJobs,
  notify,
]

/**
 * Registers the tests of what every engine must do: for each verb, what it changes, what it leaves alone, and what
 * becomes of it when others are at work on the same rows.
 */
export function engineConformance(runner: Runner, subject: EngineSubject): void {
  const plain = subject.prefix === undefined && subject.tables === undefined
  register(runner, subject, plain ? [...verbs, plans] : verbs)
}
