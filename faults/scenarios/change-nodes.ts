import { onPostgres } from '../stage/on-postgres.ts'

const hour = 3_600_000

/** One machine is wrong about the time. */
export const clockAhead = onPostgres({
  name: 'clock-ahead',
  fault: 'the clock of one node is an hour ahead',
  promise: 'nothing changes: the time is the database’s',
  resumesWithin: 15_000,
  nodes: 2,
  run: async (stage) => {
    await stage.nodes.start({ ahead: hour })
    await stage.wait(stage.time({ whole: 8_000, quick: 3_000 }))
  },
})

/** Nodes are replaced one by one, each asked to end what it does. */
export const rollingRestart = onPostgres({
  name: 'rolling-restart',
  fault: 'every node is stopped and replaced in turn, under load',
  promise: 'nothing runs twice, nothing waits for a lease',
  resumesWithin: 15_000,
  run: async (stage) => {
    for (const node of stage.nodes.living) {
      await stage.nodes.start()
      await node.stop()
    }
  },
})

/** While releases overlap, jobs of a new worker meet nodes that have never heard of it. */
export const rollingDeploy = onPostgres({
  name: 'rolling-deploy',
  fault: 'nodes are replaced by a release with a new worker, whose jobs are inserted already',
  promise:
    'an old node that takes such a job fails it, which costs an attempt; a new one does it 15 to 20 seconds later',
  resumesWithin: 15_000,
  node: { old: true },
  run: async (stage) => {
    for (const node of stage.nodes.living) {
      for (let jobs = stage.random.between(3, 8); jobs > 0; jobs -= 1) await stage.desk.add('newer')
      await stage.nodes.start({ old: false })
      await node.stop()
    }
  },
})

/** The application holds every connection that it shares with the instance. */
export const exhaustPool = onPostgres({
  name: 'exhaust-pool',
  fault: 'the application takes every connection of the pool that it shares with Staffa',
  promise: 'a node that gets none for longer than a lease counts as cut off; it works on when there are some',
  resumesWithin: 20_000,
  node: { shared: 6 },
  run: async (stage) => {
    const node = stage.random.pick(stage.nodes.living)
    const milliseconds = stage.nodes.lease + stage.random.between(500, 2_000)
    await stage.fault('without connections', [node], async () => {
      node.command({ action: 'exhaust', milliseconds })
      await stage.wait(milliseconds + 2_500)
    })
  },
})
