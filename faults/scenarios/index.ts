import type { Scenario } from '../scenario.ts'
import * as line from './break-the-line.ts'
import * as nodes from './change-nodes.ts'
import { fullDisk } from './full-disk.ts'
import { killEmbedded } from './kill-embedded.ts'
import * as killed from './kill-nodes.ts'
import * as processes from './stop-the-process.ts'
import * as server from './stop-the-server.ts'

/** Everything that is tried, in the order of the table in the docs. */
export const scenarios: readonly Scenario[] = [
  killed.killNode,
  killed.killLeader,
  killed.killAll,
  processes.pauseNode,
  processes.blockNode,
  server.stopServerFast,
  server.stopServerImmediate,
  server.killServer,
  server.refuseConnections,
  server.terminateBackends,
  line.slowLine,
  line.dropConnections,
  line.halfClose,
  line.holeDelivered,
  line.holeReset,
  line.holeForgotten,
  nodes.clockAhead,
  nodes.rollingRestart,
  nodes.rollingDeploy,
  nodes.exhaustPool,
  fullDisk,
  killEmbedded,
]
