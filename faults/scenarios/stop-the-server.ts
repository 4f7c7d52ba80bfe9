import type { Scenario } from '../scenario.ts'
import type { StopMode } from '../server/protocol.ts'
import { onPostgres } from '../stage/on-postgres.ts'
import type { Stage } from '../stage/stage.ts'
import { byNodes, byTheApplication } from './felt.ts'

/** The server ends in the middle of everything, and is started again at once. */
function stopServer(name: string, how: StopMode, fault: string): Scenario {
  return onPostgres({
    name,
    fault,
    promise: 'nodes go on with what they run, write its end when they can, and fetch again by themselves',
    resumesWithin: 20_000,
    felt: byNodes,
    run: (stage) => restart(stage, how, stage.time({ whole: 1_000, quick: 200 })),
  })
}

export const stopServerFast = stopServer('stop-server-fast', 'fast', 'PostgreSQL is shut down (fast) and started')
export const stopServerImmediate = stopServer(
  'stop-server-immediate',
  'immediate',
  'PostgreSQL is shut down (immediate) and started, which recovers',
)
export const killServer = stopServer('kill-server', 'kill', 'kill -9 of PostgreSQL, which is started and recovers')

/** The server is away for much longer than any lease: connections are refused. */
export const refuseConnections = onPostgres({
  name: 'refuse-connections',
  fault: 'connections are refused for a minute (in the quick run for seconds)',
  promise: 'the same; living nodes get a lease to say so before anybody takes their jobs',
  resumesWithin: 20_000,
  felt: (history) => byNodes(history) && byTheApplication(history),
  run: (stage) => restart(stage, 'fast', stage.time({ whole: 60_000, quick: 4_000 })),
})

/** An administrator, or a pooler, ends every session at once. */
export const terminateBackends = onPostgres({
  name: 'terminate-backends',
  fault: 'every backend is terminated',
  promise: 'nothing runs twice: ends are written over new connections, claims without an answer are given back',
  resumesWithin: 15_000,
  felt: byNodes,
  run: async (stage) => {
    await stage.soon()
    await stage.fault('terminated', stage.nodes.living, async () => {
      for (let times = stage.random.between(1, 4); times > 0; times -= 1) {
        await stage.database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        )
        await stage.wait(stage.random.between(20, 300))
      }
    })
  },
})

async function restart(stage: Stage, how: StopMode, away: number): Promise<void> {
  await stage.soon()
  await stage.fault('server away', stage.nodes.living, async () => {
    await stage.server.stop(how)
    await stage.wait(away)
    await stage.server.start()
  })
}
