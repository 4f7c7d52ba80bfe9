import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { onTelemetry, Staffa, worker } from '../../src/index.ts'
import type { NodeOrder, NodeReport } from './protocol.ts'

/** A node in a process of its own: takes its order from the test that forked it, and reports what it does. */
const [order] = (await once(process, 'message')) as [NodeOrder]
const tell = (report: NodeReport) => process.send?.(report)
const ledger = new pg.Pool({ connectionString: order.url, max: 2 })
let running = 0

const entry = worker({ name: 'entry' }).process(async ({ job }) => {
  running += 1
  tell({ kind: 'start', id: job.id, running })
  await ledger.query(`INSERT INTO "${order.prefix}".ledger (job, node, attempt) VALUES ($1, $2, $3)`, [
    job.id,
    order.node,
    job.attempt,
  ])
  await sleep(order.work)
  running -= 1
})

const staffa = new Staffa({
  database: order.url,
  prefix: order.prefix,
  node: order.node,
  queues: { default: { limit: order.limit } },
  workers: [entry],
  leader: { lease: { milliseconds: order.lease } },
  rescuer: { lease: { milliseconds: order.lease }, interval: { milliseconds: order.lease / 4 } },
  stager: { interval: { milliseconds: 100 } },
})

onTelemetry('leader.election', ({ leader }) => tell({ kind: 'leader', leader }))
onTelemetry('job.stop', ({ job }) => tell({ kind: 'stop', id: job.id }))

process.on('message', async (message) => {
  if (message === 'check') tell({ kind: 'paused', paused: staffa.queues.check('default')?.paused ?? false })
  if (message !== 'stop') return
  await staffa.stop()
  await ledger.end()
  tell({ kind: 'stopped' })
  process.disconnect()
})

await staffa.start()
tell({ kind: 'ready' })
