import { setTimeout as sleep } from 'node:timers/promises'
import { argsFrom } from '../contenders/contender.ts'
import { drain } from '../measure/drain.ts'
import { now } from '../measure/load.ts'
import type { Bench } from '../measure/task.ts'
import { latencies } from '../measure/watch.ts'
import { jobsFor, onFresh, p50, p95, p99, type Workload } from './workload.ts'

const name = 'pick-up-busy'
const contenders = ['staffa', 'graphile-tuned', 'graphile-best', 'pg-boss', 'bullmq-redis']

/** How long a job waits while another process inserts half as many a second as the contender can drain. */
export const pickUpBusy: Workload = {
  name,
  title: 'Pick-up at half of the drain rate',
  figures: [p99, p50, p95, { name: 'offered', title: 'inserted/s', better: 'more' }],
  cases: ({ quick, jobs: wanted }) =>
    contenders.map((contender) =>
      onFresh(
        { workload: name, contender, setting: 'half of its drain rate', repeat: repeat(contender) },
        async (bench) => {
          const jobs = jobsFor(bench, wanted ?? (quick ? 20_000 : 50_000))
          await bench.help('fill', { jobs })
          await bench.settle()
          const drained = await drain(bench, { jobs, limit: 100 })
          await bench.settle()

          const rate = drained.rate / 2
          const seconds = quick ? 2 : 4
          const worker = await bench.worker()
          const inserter = await bench.worker({ measured: false })
          await worker.ask('watch', { limit: 100 })
          const { inserted, offered } = await inserter.ask<Offered>('insertSteadily', { rate, seconds })
          await bench.untilFinished()
          const waits = await worker.ask<readonly number[]>('waits')
          if (waits.length !== inserted) throw new Error(`expected ${inserted} pick-ups, got ${waits.length}`)

          return { offered, ...latencies(waits.slice(Math.floor(inserted / 4))) }
        },
      ),
    ),
  tasks: { insertSteadily },
}

function repeat(contender: string): number {
  if (contender === 'staffa') return 5

  return contender.startsWith('graphile') ? 3 : 1
}

interface Params {
  readonly rate: number
  readonly seconds: number
}

interface Offered {
  readonly inserted: number
  /** Jobs a second that were really inserted. */
  readonly offered: number
}

/** Every ten milliseconds what is due by then. The first quarter warms up. */
async function insertSteadily({ client }: Bench, { rate, seconds }: Params): Promise<Offered> {
  const began = now()
  let inserted = 0
  for (let passed = 0; passed < seconds; passed = (now() - began) / 1000) {
    const due = Math.min(Math.floor(passed * rate) - inserted, 1_000)
    const at = now()
    if (due > 0) await client.insertAll(argsFrom(inserted, due).map((args) => ({ ...args, at })))
    inserted += Math.max(due, 0)
    await sleep(Math.max(0, 10 - (now() - at)))
  }

  return { inserted, offered: (inserted / (now() - began)) * 1000 }
}
