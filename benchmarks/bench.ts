// Measures the workloads that are named, or all of them, and prints what came out.
import { parseArgs } from 'node:util'
import { build, published } from './measure/build.ts'
import { Lab } from './measure/lab.ts'
import { findRedis } from './measure/redis.ts'
import { inTurns } from './measure/rounds.ts'
import { startServer } from './measure/server.ts'
import { report } from './report/print.ts'
import { type Measurement, merge, readResults, writeResults } from './report/results.ts'
import { surroundings } from './report/surroundings.ts'
import { loadWorkload, measuringOrder, workloadNames } from './workloads/index.ts'
import type { Scale, Workload } from './workloads/workload.ts'

const help = `pnpm bench [workload …] [options]

  --quick            the main workloads with fewer jobs, in under two minutes
  --rounds <n>       how often each is measured (3; 1 when quick); what is compared closely up to five times as often
  --limit <n,…>      other limits for drains
  --jobs <n>         another number of jobs
  --only <name,…>    some contenders alone
  --json <path>      merge what was measured into a file
  --append           add rounds to what the file has of the same workloads, instead of replacing it
  --source           run our packages from their sources, instead of building them first
  --cpu-prof <dir>   keep a CPU profile of each measured process

Workloads: ${workloadNames.join(', ')}.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    limit: { type: 'string' },
    jobs: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    append: { type: 'boolean', default: false },
    source: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
  },
})

const quickOnes = ['bulk-insert', 'single-insert', 'drain', 'pick-up']

const scale: Scale = {
  quick: values.quick,
  jobs: values.jobs === undefined ? undefined : Number(values.jobs),
  limits: values.limit?.split(',').map(Number),
}

async function main(): Promise<void> {
  const names = positionals.length > 0 ? positionals : values.quick ? quickOnes : measuringOrder
  const workloads = await Promise.all(names.map(loadWorkload))
  if (!values.source) build()
  const redis = await findRedis()
  await using server = await startServer()
  const flags = values.source ? [] : published
  const lab = new Lab({ url: server.url, redis, flags, profiles: values['cpu-prof'] })
  const found = await surroundings(server.url, redis)

  const measurements: Measurement[] = []
  for (const workload of workloads) {
    const fresh = await measure(workload, lab)
    measurements.push(...fresh)
    if (values.json) {
      const results = merge(readResults(values.json), { surroundings: found, measurements: fresh }, values)
      writeResults(values.json, results)
    }
  }
  process.stdout.write(`\n${await report({ surroundings: found, measurements })}\n`)
}

async function measure(workload: Workload, lab: Lab): Promise<readonly Measurement[]> {
  const only = values.only?.split(',')
  const wanted = workload.cases(scale).filter(({ contender }) => only?.includes(contender) ?? true)
  const cases = values.quick ? wanted.map((each) => ({ ...each, repeat: 1 })) : wanted
  const rounds = workload.rounds ?? Number(values.rounds ?? (values.quick ? 1 : 3))
  const measured = await inTurns(cases, { lab, rounds, onDone: say })

  return measured.map((each) => ({ workload: workload.name, ...each }))
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

if (values.help) process.stdout.write(`${help}\n`)
else await main()
