import { ackJobs } from './ack.ts'
import type { Verb } from './bench.ts'
import { endJobs } from './end.ts'
import { fetchJobs } from './fetch.ts'
import { insertJobs } from './insert.ts'
import { insertUnique } from './insert-unique.ts'
import { notify } from './notify.ts'
import { getJob, listJobs } from './read.ts'
import { releaseJobs } from './release.ts'
import { stageJobs, stageQueue } from './stage.ts'
import { transaction } from './transaction.ts'

/** The verbs of a job's life. */
export const life: readonly Verb[] = [
  insertJobs,
  insertUnique,
  fetchJobs,
  ackJobs,
  endJobs,
  releaseJobs,
  stageJobs,
  stageQueue,
  getJob,
  listJobs,
  notify,
  transaction,
]
