import { drain } from '../measure/drain.ts'
import { drainFigures, jobsFor, onFresh, type Workload } from './workload.ts'

const name = 'strict'
const limit = 100
const contenders = [
  'staffa-strict',
  'pg-boss-unbuffered',
  'graphile',
  'graphile-unbuffered',
  'bullmq-postgres',
  'bullmq-redis',
]

/** One process empties a queue and claims nothing that cannot start at once. */
export const strict: Workload = {
  name,
  title: 'Drain without a buffer',
  figures: drainFigures,
  cases: ({ quick, jobs: wanted }) =>
    contenders.map((contender) =>
      onFresh({ workload: name, contender, setting: `limit ${limit}` }, async (bench) => {
        const jobs = jobsFor(bench, wanted ?? (quick ? 10_000 : 50_000))
        await bench.help('fill', { jobs })
        await bench.settle()

        return drain(bench, { jobs, limit })
      }),
    ),
}
