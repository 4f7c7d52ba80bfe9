import { batchesOf } from '../contenders/contender.ts'
import { cpuSeconds, inFlight, perSecond } from '../measure/load.ts'
import type { Bench } from '../measure/task.ts'
import { clientCpu, type Figures, jobsFor, onFresh, rate, type Workload } from './workload.ts'

const name = 'bulk-insert'
const few = ['staffa', 'floor', 'graphile-tuned', 'pg-boss']
const contenders = [...few, 'bullmq-postgres', 'bullmq-redis']

/** Many jobs, in batches. */
export const bulkInsert: Workload = {
  name,
  title: 'Insert in batches of 1,000',
  figures: [rate, clientCpu],
  cases: ({ quick, jobs: wanted }) =>
    (quick ? [1] : [1, 4]).flatMap((together) =>
      (quick ? few : contenders).map((contender) =>
        onFresh({ workload: name, contender, setting: settingFor(together) }, async (bench) => {
          const jobs = jobsFor(bench, wanted ?? (quick ? 20_000 : 50_000))
          const worker = await bench.worker()
          const figures = await worker.ask<Figures>('insertBatches', { jobs, together })
          await bench.expectUnfinished(jobs)

          return figures
        }),
      ),
    ),
  tasks: { insertBatches },
}

interface Params {
  readonly jobs: number
  readonly together: number
}

async function insertBatches({ client }: Bench, { jobs, together }: Params): Promise<Figures> {
  const batches = [...batchesOf(jobs)]
  const cpu = cpuSeconds()
  const rate = await perSecond(jobs, () => inFlight(together, batches, (list) => client.insertAll(list)))

  return { rate, clientCpuPerJob: (cpu() / jobs) * 1e6 }
}

function settingFor(together: number): string {
  return together === 1 ? 'one after another' : `${together} in flight`
}
