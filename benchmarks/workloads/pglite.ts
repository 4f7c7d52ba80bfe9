import { setImmediate } from 'node:timers/promises'
import { argsOf, batchesOf } from '../contenders/contender.ts'
import { now, perSecond } from '../measure/load.ts'
import type { Bench } from '../measure/task.ts'
import { type Latencies, latencies } from '../measure/watch.ts'
import { type Figures, onFresh, p50, p99, rss, type Workload } from './workload.ts'

const name = 'pglite'

/** The embedded database: everything in one process. */
export const pglite: Workload = {
  name,
  title: 'On PGlite, in one process',
  figures: [
    { name: 'insertRate', title: 'inserted/s', better: 'more' },
    { name: 'drainRate', title: 'drained/s', better: 'more' },
    p50,
    p99,
    rss,
  ],
  cases: ({ quick, jobs = quick ? 5_000 : 20_000 }) => [
    onFresh({ workload: name, contender: 'staffa-pglite', setting: 'in memory' }, async (bench) => {
      const worker = await bench.worker()
      const figures = await worker.ask<Figures>('everything', { jobs, single: 300 })
      await worker.end()

      return figures
    }),
  ],
  tasks: { everything },
}

interface Params {
  readonly jobs: number
  readonly single: number
}

async function everything({ client }: Bench, { jobs, single }: Params): Promise<Figures> {
  await client.prepare()
  const insertRate = await perSecond(jobs, async () => {
    for (const list of batchesOf(jobs)) await client.insertAll(list)
  })
  const handler = handlerOf(jobs)
  const drainRate = await perSecond(jobs, async () => {
    await client.work({ limit: 100, handle: (args) => handler.handle(args) })
    await handler.drained
    // The embedded database answers without a turn of the event loop, and others need one.
    while ((await client.unfinished()) > 0) await setImmediate()
  })
  const { p50, p99 } = await pickUps(client, handler, single)

  return { insertRate, drainRate, p50, p99, rss: process.resourceUsage().maxRSS / 1024 }
}

interface Handler {
  handle: (args: { readonly at?: number | undefined }) => void
  readonly drained: Promise<void>
}

function handlerOf(jobs: number): Handler {
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  let left = jobs
  const handle = () => {
    if (--left === 0) resolve()
  }

  return { handle, drained }
}

async function pickUps(client: Bench['client'], handler: Handler, count: number): Promise<Latencies> {
  const waits: number[] = []
  for (let n = 0; n < count; n++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    handler.handle = ({ at = Number.NaN }) => {
      waits.push(now() - at)
      resolve()
    }
    await client.insert({ ...argsOf(n), at: now() })
    await promise
  }

  return latencies(waits)
}
