import type { Scenario } from '../scenario.ts'
import * as line from './break-the-line.ts'
import * as nodes from './change-nodes.ts'
import * as disk from './full-disk.ts'
import * as embedded from './kill-embedded.ts'
import * as killed from './kill-nodes.ts'
import * as processes from './stop-the-process.ts'
import * as server from './stop-the-server.ts'

/** Everything that is tried, in the order of the table in the docs. */
export const scenarios: readonly Scenario[] = [killed, processes, server, line, nodes, disk, embedded].flatMap((file) =>
  Object.values(file),
)
