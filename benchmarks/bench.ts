import { parseArgs } from 'node:util'
import { Lab } from './measure/lab.ts'
import { findRedis } from './measure/redis.ts'
import { startServer } from './measure/server.ts'
import { median } from './measure/statistics.ts'
import { loadWorkload, workloadNames } from './workloads/index.ts'
import type { Case, Figures, Scale } from './workloads/workload.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    limit: { type: 'string' },
    jobs: { type: 'string' },
    only: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
})

const scale: Scale = {
  quick: values.quick,
  jobs: values.jobs === undefined ? undefined : Number(values.jobs),
  limits: values.limit?.split(',').map(Number),
}

async function main(): Promise<void> {
  const chosen = await Promise.all((positionals.length === 0 ? workloadNames : positionals).map(loadWorkload))
  const server = await startServer()
  try {
    const lab = new Lab({ url: server.url, redis: await findRedis(), profiles: values['cpu-prof'] })
    for (const workload of chosen) {
      const only = values.only?.split(',')
      const cases = workload.cases(scale).filter(({ contender }) => only?.includes(contender) ?? true)
      for (const [each, rounds] of await inTurns(cases, lab)) print(each, rounds)
    }
  } finally {
    await server.stop()
  }
}

/** A B C A B C: what changes on the machine meanwhile changes for all. */
async function inTurns(cases: readonly Case[], lab: Lab): Promise<ReadonlyMap<Case, Figures[]>> {
  const results = new Map<Case, Figures[]>(cases.map((each) => [each, []]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const each of cases) results.get(each)?.push(await each.measure(lab))
  }

  return results
}

function print({ contender, setting }: Case, rounds: readonly Figures[]): void {
  const names = Object.keys(rounds[0] ?? {})
  const figures = names.map((name) => `${name} ${median(rounds.map((round) => round[name] as number)).toFixed(1)}`)
  process.stdout.write(`${contender.padEnd(14)} ${setting.padEnd(10)} ${figures.join('  ')}\n`)
}

await main()
