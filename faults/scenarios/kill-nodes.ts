import { onPostgres } from '../stage/on-postgres.ts'

/** A node is gone from one moment to the next, with everything that it ran. */
export const killNode = onPostgres({
  name: 'kill-node',
  fault: 'kill -9 of a node',
  promise: 'what it ran runs again on another node, about a lease later',
  resumesWithin: 20_000,
  run: async (stage) => {
    const victim = stage.random.pick(stage.nodes.living)
    await stage.soon()
    await stage.fault('killed', [victim], () => victim.kill())
  },
})

/** The one that rescues is itself gone: first somebody must take the lead. */
export const killLeader = onPostgres({
  name: 'kill-leader',
  fault: 'kill -9 of the leader',
  promise: 'another node leads when the lease of the lead has ended, and rescues',
  resumesWithin: 20_000,
  run: async (stage) => {
    const leader = await stage.nodes.leader()
    await stage.soon()
    await stage.fault('killed', [leader], () => leader.kill())
  },
})

/** Nobody is left, until whoever looks after processes starts others. */
export const killAll = onPostgres({
  name: 'kill-all',
  fault: 'kill -9 of every node, and others are started',
  promise: 'inserts go on; the new nodes rescue what the old ones ran',
  resumesWithin: 20_000,
  run: async (stage) => {
    const { living } = stage.nodes
    await stage.soon()
    await stage.fault('killed', living, () => Promise.all(living.map((node) => node.kill())))
    await stage.wait(stage.time({ whole: 3_000, quick: 500 }))
    await Promise.all(living.map(() => stage.nodes.start()))
  },
})
