import { drain } from '../measure/drain.ts'
import { drainFigures, onFresh, repeatOwn, type Workload } from './workload.ts'

const name = 'processes'

/** Several processes empty one queue together. */
export const processes: Workload = {
  name,
  title: 'Drain, several processes',
  figures: drainFigures,
  cases: ({ jobs = 100_000 }) =>
    [1, 2, 4].flatMap((count) =>
      ['staffa', 'floor', 'graphile-best', 'pg-boss'].map((contender) =>
        onFresh(
          { workload: name, contender, setting: settingFor(count), repeat: repeatOwn(contender, 5) },
          async (bench) => {
            await bench.help('fill', { jobs })
            await bench.settle()

            return drain(bench, { jobs, limit: 100, processes: count })
          },
        ),
      ),
    ),
}

function settingFor(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`
}
