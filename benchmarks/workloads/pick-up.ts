import { setTimeout as sleep } from 'node:timers/promises'
import { argsOf } from '../contenders/contender.ts'
import type { BenchPlace } from '../measure/lab.ts'
import { now } from '../measure/load.ts'
import type { Bench } from '../measure/task.ts'
import { latencies } from '../measure/watch.ts'
import type { Worker } from '../measure/worker.ts'
import { onFresh, p50, p95, p99, type Workload } from './workload.ts'

const name = 'pick-up'
const few = ['staffa', 'graphile', 'bullmq-postgres']
/** Those that are a tenth apart, or little more, in the setting in which they are compared. */
const close = [...few, 'graphile-tuned']
const contenders = [...close, 'pg-boss-notified', 'bullmq-redis']
const compared = 'from another process'

/** How long a job waits in a queue that has nothing else to do: from the call that inserts it to its handler. */
export const pickUp: Workload = {
  name,
  title: 'Pick-up from an idle queue',
  figures: [p50, p95, p99],
  cases: ({ quick, jobs = quick ? 60 : 300 }) =>
    (quick ? [compared] : [compared, 'from the same process']).flatMap((setting) =>
      (quick ? few : contenders).map((contender) =>
        onFresh({ workload: name, contender, setting, repeat: repeat(contender, setting) }, async (bench) => {
          const worker = await bench.worker()
          await worker.ask('watch', { limit: 10 })
          const inserter = setting === compared ? await bench.worker() : worker

          return latencies(await pickUps(bench, { worker, inserter, jobs }))
        }),
      ),
    ),
  tasks: { insertNowAndThen },
}

function repeat(contender: string, setting: string): number {
  return setting === compared && close.includes(contender) ? 5 : 1
}

interface Parties {
  readonly worker: Worker
  readonly inserter: Worker
  readonly jobs: number
}

/** The first ones warm up. */
const warmUp = 20

async function pickUps(bench: BenchPlace, { worker, inserter, jobs }: Parties): Promise<readonly number[]> {
  await inserter.ask('insertNowAndThen', { jobs: jobs + warmUp })
  await bench.untilFinished()
  const waits = await worker.ask<readonly number[]>('waits')
  if (waits.length !== jobs + warmUp) throw new Error(`expected ${jobs + warmUp} pick-ups, got ${waits.length}`)

  return waits.slice(warmUp)
}

/** Inserts jobs at odd moments, far enough from each other for the queue to be idle in between. */
async function insertNowAndThen({ client }: Bench, { jobs }: { readonly jobs: number }): Promise<void> {
  for (let n = 0; n < jobs; n++) {
    await sleep(15 + Math.random() * 15)
    await client.insert({ ...argsOf(n), at: now() })
  }
}
