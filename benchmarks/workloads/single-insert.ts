import { argsOf } from '../contenders/contender.ts'
import { cpuSeconds, inFlight, now } from '../measure/load.ts'
import { median, percentile } from '../measure/statistics.ts'
import type { Bench } from '../measure/task.ts'
import { clientCpu, type Figures, onFresh, p50, p99, rate, type Workload } from './workload.ts'

const name = 'single-insert'
const few = ['staffa', 'floor', 'pg-boss', 'bullmq-postgres']
const contenders = [...few, 'graphile-tuned', 'bullmq-redis']

/** Calls that insert one job and are awaited, by 1, 10 or 100 callers. */
export const singleInsert: Workload = {
  name,
  title: 'Insert one by one',
  figures: [rate, p50, p99, clientCpu],
  cases: ({ quick }) =>
    (quick ? [10, 100] : [1, 10, 100]).flatMap((together) =>
      (quick ? few : contenders).map((contender) =>
        onFresh(
          { workload: name, contender, setting: `${together} at a time`, repeat: repeat(contender) },
          async (bench) => {
            const worker = await bench.worker()
            const params = { together, milliseconds: quick ? 1_000 : 3_000 }
            const { inserted, ...figures } = await worker.ask<Inserted>('insertOneByOne', params)
            await bench.expectUnfinished(inserted)

            return figures
          },
        ),
      ),
    ),
  tasks: { insertOneByOne },
}

function repeat(contender: string): number {
  return /staffa|redis/.test(contender) ? 3 : 1
}

interface Params {
  readonly together: number
  readonly milliseconds: number
}

type Inserted = Figures & { readonly inserted: number }

const warmUp = 500

async function insertOneByOne({ client }: Bench, { together, milliseconds }: Params): Promise<Inserted> {
  let inserted = 0
  const insert = () => client.insert(argsOf(inserted++))
  await inFlight(together, during(warmUp), insert)
  const before = inserted

  const times: number[] = []
  const cpu = cpuSeconds()
  const began = now()
  await inFlight(together, during(milliseconds), async () => {
    const asked = now()
    await insert()
    times.push(now() - asked)
  })
  const seconds = (now() - began) / 1000
  const done = inserted - before

  return {
    inserted,
    rate: done / seconds,
    p50: median(times),
    p99: percentile(times, 0.99),
    clientCpuPerJob: (cpu() / done) * 1e6,
  }
}

/** Goes on until the time is over. */
function* during(milliseconds: number): Generator<number> {
  const end = now() + milliseconds
  for (let time = now(); time < end; time = now()) yield time
}
