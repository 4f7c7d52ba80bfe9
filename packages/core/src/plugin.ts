export { definition, type Encoded, type InsertedJob, type Job, type NewJob } from './job/job.ts'
export type { Json, JsonObject } from './job/json.ts'
export { cancel, complete, discard, fail, isOutcome, type Outcome, snooze } from './job/outcome.ts'
export type { FinalState, JobState } from './job/state.ts'
export type { Client } from './layers/client.ts'
export {
  type AnyPlugin,
  type AttemptEnd,
  definePlugin,
  type EndListener,
  type JobContext,
  type Layer,
  type Middleware,
  type Next,
  type Plugin,
  type PluginMigration,
  type RawContext,
  type Settle,
  type SettledJob,
  type Transform,
  type Untouched,
} from './layers/plugin.ts'
export { type Protecting, type Protection, unseal } from './layers/protection.ts'
export { type Worker, workerOf } from './layers/worker.ts'
export { canonical, fingerprint } from './lifecycle/fingerprint.ts'
export { storable } from './lifecycle/storable.ts'
export type { Service } from './runtime/service.ts'
export { type Duration, toMilliseconds, toPositiveMilliseconds } from './support/duration.ts'
export { expected, isStaffaError, rejectUnknown, StaffaError } from './support/errors.ts'
export type { Logger } from './support/logger.ts'
export type { Transaction } from './support/transaction.ts'
export type { Overwrite, Simplify, TypeError } from './support/types.ts'
