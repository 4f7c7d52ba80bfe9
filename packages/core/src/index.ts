// words

// engine
export { type PostgresOptions, postgres } from './engine/connect/pg.ts'
export type { JobChanges, JobFilter, ListOptions } from './engine/filter.ts'
export type { DrainSettings } from './facade/drain.ts'
export type { Jobs } from './facade/jobs.ts'
// facade
export { type MigrateOptions, type MigrationSqlOptions, migrations } from './facade/migrations.ts'
export type {
  LeaderSettings,
  PrunerRuleSettings,
  PrunerSettings,
  QueueSettings,
  ReindexerSettings,
  RescuerSettings,
  StaffaOptions,
  StagerSettings,
} from './facade/options.ts'
export type { Queues, Where } from './facade/queues.ts'
export { Staffa } from './facade/staffa.ts'
export { type Stoppable, stopOnSignals } from './facade/stop-on-signals.ts'
export type { Encoded, InsertedJob, Job, JobError, NewJob } from './job/job.ts'
export type { Json, JsonObject } from './job/json.ts'
export { cancel, complete, discard, fail, isOutcome, type Outcome, snooze } from './job/outcome.ts'
export type { Replace, ReplaceField } from './job/replace.ts'
export { type FinalState, finalStates, isFinal, type JobState, jobStates, type StateGroup } from './job/state.ts'
export type { UniqueField } from './job/unique.ts'
// layers
export type { Client, InsertOptions, NewJobs, NotifyOptions } from './layers/client.ts'
export type { JobContext, Middleware, Next, Plugin } from './layers/plugin.ts'
export { type Worker, type WorkerBuilder, worker } from './layers/worker.ts'
export type { WorkerOptions } from './layers/worker-options.ts'
// lifecycle
export type { Backoff } from './lifecycle/acknowledge.ts'
export { backoff, exponential, jitter } from './lifecycle/backoff.ts'
export { newJob } from './lifecycle/describe.ts'
export type { JobOptions } from './lifecycle/options.ts'
export type { UniqueOptions } from './lifecycle/unique.ts'
export type { Drained } from './runtime/drainer.ts'
export type { QueueCheck } from './runtime/queue.ts'
export type { Clock } from './support/clock.ts'
export type { Duration, DurationParts } from './support/duration.ts'
export { type CoreErrorCode, isStaffaError, StaffaError } from './support/errors.ts'
export { type JsonLoggerOptions, jsonLogger, type Logger } from './support/logger.ts'
export { onTelemetry, type TelemetryEvents, type TelemetryName } from './support/telemetry.ts'
export { type LogTelemetryOptions, logTelemetry } from './support/telemetry-logger.ts'
export type { Transaction } from './support/transaction.ts'
