import type { Telemetry } from '../../support/telemetry.ts'
import type { Engine } from '../engine.ts'
import { ackJobs } from './ack-jobs.ts'
import { fetchJobs } from './fetch-jobs.ts'
import { insertRows } from './insert-rows.ts'
import { getJob, listJobs } from './list-jobs.ts'
import { notify } from './notify.ts'
import { releaseJobs } from './release-jobs.ts'
import { stageJobs } from './stage-jobs.ts'
import type { Tools } from './tools.ts'

/** The verbs on PostgreSQL, and on PGlite, each inside a span. */
export function postgresEngine(tools: Tools, telemetry: Telemetry): Engine {
  const insert = insertRows(tools)
  const verbs: Engine = {
    insertJobs: (jobs, options = {}) => insert(jobs, options),
    fetchJobs: fetchJobs(tools),
    ackJobs: ackJobs(tools),
    releaseJobs: releaseJobs(tools),
    stageJobs: stageJobs(tools),
    getJob: getJob(tools),
    listJobs: listJobs(tools),
    notify: notify(tools),
    transaction: (work) => tools.database.transaction(work),
  }

  return spanned(verbs, telemetry)
}

function spanned(verbs: Engine, telemetry: Telemetry): Engine {
  const entries = Object.entries(verbs).map(([verb, work]) => [
    verb,
    (...args: unknown[]) =>
      telemetry.span('engine', verb, () => (work as (...args: unknown[]) => Promise<unknown>)(...args)),
  ])

  return Object.fromEntries(entries) as Engine
}
