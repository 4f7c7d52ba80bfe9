import { drain } from '../measure/drain.ts'
import { drainFigures, onFresh, rate, repeatOwn, type Workload } from './workload.ts'

const name = 'waiting'

/** The first jobs of a queue that holds many more. */
export const waiting: Workload = {
  name,
  title: 'The first 50,000 jobs of a backlog',
  figures: [{ ...rate, name: 'handledRate' }, ...drainFigures.slice(1)],
  cases: ({ jobs = 50_000 }) =>
    [jobs, 500_000].flatMap((stored) =>
      ['staffa', 'floor', 'graphile-best', 'pg-boss'].map((contender) =>
        onFresh(
          {
            workload: name,
            contender,
            setting: `${stored.toLocaleString('en')} waiting`,
            repeat: repeatOwn(contender),
          },
          async (bench) => {
            await bench.help('fill', { jobs: stored })
            await bench.settle()

            return drain(bench, { jobs, stored, limit: 100 })
          },
        ),
      ),
    ),
}
