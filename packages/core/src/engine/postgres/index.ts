import type { Telemetry } from '../../support/telemetry.ts'
import type { Engine } from '../engine.ts'
import { ackJobs } from './ack-jobs.ts'
import { changes } from './changes.ts'
import { endJobs } from './end-jobs.ts'
import { fetchJobs } from './fetch-jobs.ts'
import { insertJobs } from './insert-jobs.ts'
import { countJobs, getJob, listJobs } from './list-jobs.ts'
import { notify } from './notify.ts'
import { releaseJobs } from './release-jobs.ts'
import { stageJobs, stageQueue } from './stage-jobs.ts'
import type { Tools } from './tools.ts'
import { upkeep } from './upkeep.ts'

/** The verbs on PostgreSQL, and on PGlite, each inside a span. */
export function postgresEngine(tools: Tools, telemetry: Telemetry): Engine {
  const verbs: Engine = {
    insertJobs: insertJobs(tools),
    fetchJobs: fetchJobs(tools),
    ackJobs: ackJobs(tools),
    endJobs: endJobs(tools),
    releaseJobs: releaseJobs(tools),
    stageJobs: stageJobs(tools),
    stageQueue: stageQueue(tools),
    getJob: getJob(tools),
    listJobs: listJobs(tools),
    countJobs: countJobs(tools),
    ...changes(tools),
    ...upkeep(tools),
    notify: told(notify(tools), telemetry),
    transaction: (work) => tools.database.transaction(work),
  }

  return spanned(verbs, telemetry)
}

/** Tells of every notice that was sent. */
function told(notify: Engine['notify'], telemetry: Telemetry): Engine['notify'] {
  return async (channel, payloads, on) => {
    await notify(channel, payloads, on)
    for (const payload of payloads) telemetry.emit('notifier.notify', { channel, payload })
  }
}

function spanned(verbs: Engine, telemetry: Telemetry): Engine {
  const entries = Object.entries(verbs).map(([verb, work]) => [
    verb,
    (...args: unknown[]) =>
      telemetry.span('engine', verb, () => (work as (...args: unknown[]) => Promise<unknown>)(...args)),
  ])

  return Object.fromEntries(entries) as Engine
}
