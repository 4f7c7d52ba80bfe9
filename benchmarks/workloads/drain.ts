import { drain as drainAll } from '../measure/drain.ts'
import { drainFigures, jobsFor, onFresh, type Scale, type Workload } from './workload.ts'

const name = 'drain'
const few = ['staffa', 'floor', 'graphile-tuned', 'graphile-best']
const fast = [...few, 'pg-boss']
/** The limits that are compared closely. */
const close = [10, 100]
const others = ['bullmq-redis', 'graphile', 'bullmq-postgres']

/** One process empties a queue, at several limits. */
export const drain: Workload = {
  name,
  title: 'Drain, one process',
  figures: drainFigures,
  cases: (scale) => {
    const limits = scale.limits ?? (scale.quick ? [10, 100] : [10, 50, 100, 500])

    return limits.flatMap((limit) =>
      contendersAt(limit, scale).map((contender) =>
        onFresh(
          { workload: name, contender, setting: `limit ${limit}`, repeat: repeat(contender, limit) },
          async (bench) => {
            const jobs = jobsFor(bench, scale.jobs ?? (scale.quick ? 20_000 : 50_000))
            await bench.help('fill', { jobs })
            await bench.settle()

            return drainAll(bench, { jobs, limit })
          },
        ),
      ),
    )
  },
}

function repeat(contender: string, limit: number): number {
  return few.includes(contender) && close.includes(limit) ? 3 : 1
}

/** Those that are slow, or not on PostgreSQL, are tried at the limits that matter most. */
function contendersAt(limit: number, { quick }: Scale): readonly string[] {
  if (quick) return few

  return close.includes(limit) ? [...fast, ...others] : fast
}
