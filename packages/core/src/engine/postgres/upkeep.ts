import { electLeader, resignLeader } from './elect-leader.ts'
import { beatProducers, forgetProducers } from './producers.ts'
import { pruneJobs } from './prune-jobs.ts'
import { dropInvalidIndexes, reindex } from './reindex.ts'
import { missingProducers, rescueJobs } from './rescue-jobs.ts'
import { strayJobs } from './stray-jobs.ts'
import type { Tools } from './tools.ts'

/** The verbs by which nodes look after each other, and after the table. */
export function upkeep(tools: Tools) {
  return {
    rescueJobs: rescueJobs(tools),
    missingProducers: missingProducers(tools),
    strayJobs: strayJobs(tools),
    pruneJobs: pruneJobs(tools),
    beatProducers: beatProducers(tools),
    forgetProducers: forgetProducers(tools),
    electLeader: electLeader(tools),
    resignLeader: resignLeader(tools),
    reindex: reindex(tools),
    dropInvalidIndexes: dropInvalidIndexes(tools),
  }
}
