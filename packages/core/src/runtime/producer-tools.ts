import type { Engine } from '../engine/engine.ts'
import type { Job } from '../job/job.ts'
import type { Semaphore } from '../support/semaphore.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Acker } from './acker.ts'
import type { ExecutorTools } from './executor-tools.ts'

/** What a producer works with. */
export interface ProducerTools extends ExecutorTools {
  readonly engine: Engine
  readonly acker: Acker
  readonly telemetry: Telemetry
  /** How long jobs may take to end once the queue stops, in milliseconds. */
  readonly shutdownGracePeriod: number
  /** Runs fetches, a few at once: those of many queues would take all connections, and ends be written after them. */
  readonly fetching: Semaphore
  /** Runs something in the async context in which the instance was made: what a caller keeps there is none of the jobs' business. */
  readonly apart: <T>(work: () => T) => T
  /** Told of jobs that a fetch found without attempts left. */
  readonly onDiscarded: (jobs: readonly Job[]) => void
}
