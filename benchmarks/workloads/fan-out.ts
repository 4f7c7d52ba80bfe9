import { type Args, argsFrom } from '../contenders/contender.ts'
import { countHandled, storedWithin } from '../measure/drain.ts'
import type { Bench } from '../measure/task.ts'
import { type WorkParams, work } from '../measure/tasks.ts'
import { jobsFor, onFresh, rate, type Workload } from './workload.ts'

const name = 'fan-out'
const children = 100
const contenders = ['staffa', 'graphile-best', 'pg-boss', 'bullmq-postgres', 'bullmq-redis']

/** Jobs that insert jobs, a hundred each, all of which are done by the same process. */
export const fanOut: Workload = {
  name,
  title: 'Jobs inserted from jobs',
  figures: [rate],
  cases: ({ jobs: wanted = 20_000 }) =>
    contenders.map((contender) =>
      onFresh({ workload: name, contender, setting: `${wanted.toLocaleString('en')} jobs` }, async (bench) => {
        const parents = jobsFor(bench, wanted) / children
        const jobs = parents * (1 + children)
        await bench.help('fill', { jobs: parents })
        await bench.settle()
        const worker = await bench.worker()
        const handled = countHandled([worker], jobs)
        const began = Date.now()
        await worker.ask('workAndInsert', { jobs, limit: 100, expected: jobs, parents })
        const ended = await storedWithin(handled, bench)

        return { rate: (jobs / (ended - began)) * 1000 }
      }),
    ),
  tasks: { workAndInsert },
}

interface Params extends WorkParams {
  readonly parents: number
}

async function workAndInsert(bench: Bench, { parents, ...params }: Params): Promise<void> {
  const insertChildren = ({ n }: Args) => bench.client.insertAll(argsFrom(parents + n * children, children))
  await work(bench, { ...params, also: (args) => (args.n < parents ? insertChildren(args) : undefined) })
}
