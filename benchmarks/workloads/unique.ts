import { argsOf, batchesOf } from '../contenders/contender.ts'
import { cpuSeconds, inFlight, perSecond } from '../measure/load.ts'
import type { Bench } from '../measure/task.ts'
import { clientCpu, type Figures, jobsFor, onFresh, rate, type Workload } from './workload.ts'

const name = 'unique'
/** How many of them are tried again. */
const batch = 1_000
const contenders = ['staffa', 'graphile-tuned', 'pg-boss', 'bullmq-postgres', 'bullmq-redis']

/** Jobs of which one alone may wait, all different, and then the first of them again, which must not be stored. */
export const unique: Workload = {
  name,
  title: 'Insert unique jobs',
  figures: [rate, clientCpu],
  cases: ({ jobs: wanted = 20_000 }) =>
    [batch, 1].flatMap((size) =>
      contenders.map((contender) =>
        onFresh({ workload: name, contender, setting: settingFor(size) }, async (bench) => {
          const jobs = jobsFor(bench, size === 1 ? wanted / 4 : wanted)
          const worker = await bench.worker()
          const figures = await worker.ask<Figures>('insertUnique', { jobs, size })
          await worker.ask('insertUnique', { jobs: Math.min(batch, jobs), size })
          await bench.expectUnfinished(jobs)

          return figures
        }),
      ),
    ),
  tasks: { insertUnique },
}

interface Params {
  readonly jobs: number
  readonly size: number
}

async function insertUnique({ client }: Bench, { jobs, size }: Params): Promise<Figures> {
  const cpu = cpuSeconds()
  const rate = await perSecond(jobs, () => (size === 1 ? oneByOne(client, jobs) : inBatches(client, jobs)))

  return { rate, clientCpuPerJob: (cpu() / jobs) * 1e6 }
}

async function inBatches(client: Bench['client'], jobs: number): Promise<void> {
  for (const list of batchesOf(jobs)) await client.insertAllUnique?.(list)
}

function oneByOne(client: Bench['client'], jobs: number): Promise<void> {
  return inFlight(10, Array(jobs).keys(), async (n) => client.insertUnique?.(argsOf(n)))
}

function settingFor(size: number): string {
  return size === 1 ? '10 at a time' : 'in batches of 1,000'
}
