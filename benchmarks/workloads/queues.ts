import { drain } from '../measure/drain.ts'
import { drainFigures, onFresh, type Workload } from './workload.ts'

const name = 'queues'
const many = Array.from({ length: 100 }, (_, index) => `queue-${index}`)

/** One process empties a hundred queues at once. */
export const queues: Workload = {
  name,
  title: 'Drain of 100 queues',
  figures: drainFigures,
  cases: ({ jobs = 50_000 }) =>
    [['default'], many].flatMap((list) =>
      ['staffa', 'floor', 'graphile-best', 'pg-boss'].map((contender) =>
        onFresh({ workload: name, contender, queues: list, setting: settingFor(list) }, async (bench) => {
          await bench.help('fill', { jobs })
          await bench.settle()

          return drain(bench, { jobs, limit: list.length === 1 ? 100 : 10 })
        }),
      ),
    ),
}

function settingFor({ length }: readonly string[]): string {
  return length === 1 ? '1 queue' : `${length} queues`
}
