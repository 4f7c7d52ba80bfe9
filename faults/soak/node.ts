// One node of the soak, in a process of its own.
import { once } from 'node:events'
import { type Logger, onTelemetry, Staffa } from '@staffa/core'
import { cron } from '@staffa/cron'
import pg from 'pg'
import { memory } from './memory.ts'
import type { NodeReport, SoakOrder } from './protocol.ts'
import { minutely, workers } from './workers.ts'

const [{ url, node }] = (await once(process, 'message')) as [SoakOrder]
const pool = new pg.Pool({ connectionString: url, max: 6, application_name: node })
const silent = () => {}
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent }
const ends = new Map<string, number>()
const failures: string[] = []
const count = ({ state }: { readonly state: string }) => void ends.set(state, (ends.get(state) ?? 0) + 1)
onTelemetry('job.stop', count)
onTelemetry('job.exception', count)
onTelemetry('job.late', () => count({ state: 'late' }))
onTelemetry('failure', ({ where, error }) => void failures.push(`${where}: ${error}`))

const staffa = new Staffa({
  database: pool as never,
  node,
  workers,
  logger,
  queues: { default: 20, slow: 10 },
  leader: { lease: { seconds: 5 } },
  stager: { interval: { milliseconds: 500 } },
  pruner: { interval: { seconds: 2 }, age: { seconds: 20 } },
  services: [cron([{ expression: '* * * * *', worker: minutely }])],
})

process.on('message', (command: 'report' | 'stop') => void (command === 'report' ? process.send?.(report()) : stop()))
process.once('disconnect', () => process.exit()) // whoever forked it is gone

await staffa.migrate()
await staffa.start()
process.send?.('ready')

function report(): NodeReport {
  const { user, system } = process.cpuUsage()

  return {
    ...memory(),
    inUse: pool.totalCount - pool.idleCount,
    ends: Object.fromEntries(ends),
    failures,
    processor: (user + system) / 1e6,
  }
}

async function stop(): Promise<void> {
  await staffa.stop()
  await pool.end()
  process.disconnect()
}
