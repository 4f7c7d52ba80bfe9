import type { Verb } from './bench.ts'
import { cancelJobs, deleteJobs, retryJobs, updateJobs } from './change.ts'
import { beatProducers, electLeader } from './elect.ts'
import { pruneJobs } from './prune.ts'
import { reindex } from './reindex.ts'
import { rescueJobs } from './rescue.ts'
import { settleJobs, strayJobs } from './settle.ts'

/** The verbs by which people change jobs, and by which nodes look after them and each other. */
export const upkeep: readonly Verb[] = [
  cancelJobs,
  retryJobs,
  deleteJobs,
  updateJobs,
  settleJobs,
  strayJobs,
  rescueJobs,
  pruneJobs,
  beatProducers,
  electLeader,
  reindex,
]
