import { countHandled, storedWithin } from '../measure/drain.ts'
import type { Worked } from '../measure/tasks.ts'
import { onFresh, type Workload } from './workload.ts'

const name = 'memory'
const times = 10

/** One process empties the queue again and again: does it grow? */
export const memory: Workload = {
  name,
  title: 'Ten drains in one process',
  figures: [
    { name: 'firstHeap', title: 'heap MB after 1', better: 'less', digits: 1 },
    { name: 'lastHeap', title: 'after 10', better: 'less', digits: 1 },
    { name: 'firstRss', title: 'peak MB after 1', better: 'less' },
    { name: 'lastRss', title: 'after 10', better: 'less' },
  ],
  cases: ({ jobs = 50_000 }) =>
    ['staffa', 'graphile-best', 'pg-boss'].map((contender) =>
      onFresh({ workload: name, contender, setting: `${times} times` }, async (bench) => {
        const worker = await bench.worker()
        await worker.ask('work', { jobs: times * jobs, limit: 100, expected: 0 })
        const after: Worked[] = []
        for (let time = 0; time < times; time++) {
          const handled = countHandled([worker], (time + 1) * jobs)
          await bench.help('fill', { jobs, from: time * jobs })
          await storedWithin(handled, bench)
          after.push(await worker.ask<Worked>('worked'))
        }
        await worker.end()
        const [first, last] = [after[0], after.at(-1)] as [Worked, Worked]

        return {
          firstHeap: first.heap / 2 ** 20,
          lastHeap: last.heap / 2 ** 20,
          firstRss: first.rss / 2 ** 20,
          lastRss: last.rss / 2 ** 20,
        }
      }),
    ),
}
