import { drain as drainAll } from '../measure/drain.ts'
import type { Case, Scale, Workload } from './workload.ts'

const name = 'drain'

/** One process empties a queue, at several limits. */
export const drain: Workload = {
  name,
  title: 'Drain, one process',
  cases: (scale) => {
    const limits = scale.limits ?? (scale.quick ? [10, 100] : [10, 50, 100, 500])

    return limits.flatMap((limit) => ['staffa', 'floor'].map((contender) => drainCase(contender, limit, scale)))
  },
}

function drainCase(contender: string, limit: number, { jobs: wanted, quick }: Scale): Case {
  return {
    contender,
    setting: `limit ${limit}`,
    measure: (lab) =>
      lab.onFreshDatabase({ workload: name, contender }, async (bench) => {
        const jobs = Math.round((wanted ?? (quick ? 20_000 : 50_000)) * (bench.contender.share ?? 1))
        await bench.once('fill', { jobs })
        await bench.settle()

        return drainAll(bench, { jobs, limit })
      }),
  }
}
