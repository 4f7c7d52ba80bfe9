import { drain } from '../measure/drain.ts'
import { drainFigures, onFresh, repeatOwn, type Workload } from './workload.ts'

const name = 'kept'

/** A drain in a table that holds many jobs which have completed. Where those are deleted there is nothing to measure. */
export const kept: Workload = {
  name,
  title: 'Drain with completed jobs kept',
  figures: drainFigures,
  cases: ({ jobs = 50_000 }) =>
    [0, 1_000_000].flatMap((count) =>
      ['staffa', 'floor', 'pg-boss'].map((contender) =>
        onFresh(
          { workload: name, contender, setting: settingFor(count), repeat: repeatOwn(contender) },
          async (bench) => {
            if (count > 0) await bench.help('keep', { count })
            await bench.help('fill', { jobs })
            await bench.settle()

            return drain(bench, { jobs, limit: 100 })
          },
        ),
      ),
    ),
}

function settingFor(count: number): string {
  return count === 0 ? 'none kept' : `${count.toLocaleString('en')} kept`
}
