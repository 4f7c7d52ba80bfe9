import { batchesOf } from '../contenders/contender.ts'
import { countHandled, storedWithin } from '../measure/drain.ts'
import type { Bench } from '../measure/task.ts'
import { jobsFor, onFresh, rate, type Workload } from './workload.ts'

const name = 'scheduled'
const contenders = ['staffa', 'graphile-best', 'pg-boss', 'bullmq-postgres', 'bullmq-redis']

/** Many jobs are due at the same moment. Time runs from that moment. */
export const scheduled: Workload = {
  name,
  title: 'Scheduled jobs that are due together',
  figures: [rate],
  cases: ({ jobs: wanted = 20_000 }) =>
    contenders.map((contender) =>
      onFresh({ workload: name, contender, setting: `${wanted.toLocaleString('en')} jobs` }, async (bench) => {
        const jobs = jobsFor(bench, wanted)
        const due = Date.now() + 8_000
        await bench.help('schedule', { jobs, due })
        await bench.settle()
        const worker = await bench.worker()
        const handled = countHandled([worker], jobs)
        await worker.ask('work', { jobs, limit: 100, expected: jobs })
        if (Date.now() > due) throw new Error('expected the worker to run before the jobs are due')
        const late = await storedWithin(handled, bench)

        return { rate: (jobs / (late - due)) * 1000 }
      }),
    ),
  tasks: { schedule },
}

interface Params {
  readonly jobs: number
  readonly due: number
}

async function schedule({ client }: Bench, { jobs, due }: Params): Promise<void> {
  for (const list of batchesOf(jobs)) await client.schedule?.(list, new Date(due))
}
