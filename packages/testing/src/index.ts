export { withTestingMode } from '@staffa/core/internal'
export { type BuildOptions, buildJob } from './build-job.ts'
export { type DrainQueueOptions, drainQueue, type Ran, runJobs } from './drain-queue.ts'
export {
  allEnqueued,
  assertEnqueue,
  assertEnqueued,
  type EnqueuedJob,
  refuteEnqueue,
  refuteEnqueued,
} from './enqueued/assert.ts'
export type { AnyEnqueued, Enqueued, Near, Part } from './enqueued/filter.ts'
export type { Within } from './enqueued/look.ts'
export { type Matcher, matching, present } from './enqueued/matcher.ts'
export type { Inspected } from './enqueued/read.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { type Matched, matchers } from './matchers.ts'
export { type Performed, type PerformOptions, performJob } from './perform-job.ts'
export { type Sandbox, type SandboxOptions, sandbox } from './sandbox.ts'
export type { PgClientLike, PgPoolLike, SharedPool } from './shared-connection.ts'
export { type Place, type TestOptions, TestStaffa, testStaffa } from './test-staffa.ts'
export { type SettledOptions, settled, type UntilOptions, untilEvent } from './until.ts'
