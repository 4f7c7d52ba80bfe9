import { drain } from '../measure/drain.ts'
import { onFresh, rate, type Workload } from './workload.ts'

const name = 'layers'

/** What layers cost the client: the CPU of inserting a job in a batch, and of a drain. */
export const layers: Workload = {
  name,
  title: 'Layers',
  figures: [
    { name: 'drainCpuPerJob', title: 'drain: client µs/job', better: 'less', digits: 1 },
    { name: 'insertCpuPerJob', title: 'insert: client µs/job', better: 'less', digits: 1 },
    rate,
    { name: 'walPerJob', title: 'WAL bytes/job', better: 'less' },
  ],
  cases: ({ quick, jobs = quick ? 20_000 : 50_000 }) =>
    ['staffa', 'layers-structured', 'layers-all', 'layers-hooks'].map((contender) =>
      onFresh({ workload: name, contender, setting: 'limit 100', repeat: 5 }, async (bench) => {
        const inserter = await bench.worker()
        const { cpu } = await inserter.ask<{ cpu: number }>('fill', { jobs })
        await inserter.end()
        await bench.settle()
        const { clientCpuPerJob, rate, walPerJob } = await drain(bench, { jobs, limit: 100 })
        const insertCpuPerJob = (cpu / jobs) * 1e6

        return { insertCpuPerJob, drainCpuPerJob: clientCpuPerJob, rate, walPerJob }
      }),
    ),
}
