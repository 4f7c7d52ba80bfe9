import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Worked } from '../measure/tasks.ts'
import { onFresh, type Workload } from './workload.ts'

const name = 'idle'

/** Every contender that is measured here asks PostgreSQL through this driver. */
let asked = 0
const { query } = pg.Client.prototype
pg.Client.prototype.query = function count(this: pg.Client, ...args: never[]) {
  asked++

  return Reflect.apply(query, this, args)
} as typeof query

const queues = Array.from({ length: 10 }, (_, index) => `queue-${index}`)
const contenders = ['staffa', 'graphile', 'pg-boss-notified', 'bullmq-postgres']

/** What a process with ten queues costs when nothing happens. */
export const idle: Workload = {
  name,
  title: 'An idle process with 10 queues',
  figures: [
    { name: 'queriesPerSecond', title: 'queries/s', better: 'less', digits: 2 },
    { name: 'clientCpuMs', title: 'client CPU ms/min', better: 'less' },
    { name: 'serverCpuMs', title: 'server CPU ms/min', better: 'less' },
  ],
  rounds: 1,
  cases: ({ quick }) =>
    contenders.map((contender) =>
      onFresh({ workload: name, contender, queues, setting: 'a minute' }, async (bench) => {
        const seconds = quick ? 10 : 60
        const worker = await bench.worker()
        await worker.ask('work', { jobs: 0, limit: 10, expected: 0 })
        await sleep(3_000) // whatever it does once
        await using meter = await bench.meter()
        const before = await worker.ask<Worked>('worked')
        const read = await meter.start()
        const queriesBefore = await worker.ask<number>('queries')
        await sleep(seconds * 1000)
        const [after, spent, queriesAfter] = [
          await worker.ask<Worked>('worked'),
          await read(),
          await worker.ask<number>('queries'),
        ]
        await worker.end()

        return {
          queriesPerSecond: (queriesAfter - queriesBefore) / seconds,
          clientCpuMs: ((after.cpu - before.cpu) / seconds) * 60_000,
          serverCpuMs: ((spent.cpu ?? Number.NaN) / seconds) * 60_000,
        }
      }),
    ),
  tasks: { queries: async () => asked },
}
