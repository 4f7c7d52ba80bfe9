import { drain } from '../measure/drain.ts'
import { drainFigures, onFresh, repeatOwn, type Workload } from './workload.ts'

const name = 'processes'

/**
 * Several processes empty one queue together. There are as many jobs for each of them as one drains alone: what a process
 * takes to start weighs as much then, however many there are.
 */
export const processes: Workload = {
  name,
  title: 'Drain, several processes',
  figures: drainFigures,
  cases: ({ jobs: each = 50_000 }) =>
    [1, 2, 4].flatMap((count) =>
      ['staffa', 'floor', 'graphile-best', 'pg-boss'].map((contender) =>
        onFresh(
          { workload: name, contender, setting: settingFor(count), repeat: repeatOwn(contender, 5) },
          async (bench) => {
            const jobs = each * count
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
