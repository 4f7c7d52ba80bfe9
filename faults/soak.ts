// Keeps nodes busy for a while, and tells whether anything grows that should not. `pnpm soak --minutes 10`
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { Server } from './server/server.ts'
import { chart } from './soak/chart.ts'
import { type Soaked, soak } from './soak/soak.ts'
import { table, verdicts } from './soak/verdicts.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    chart: { type: 'string' },
    json: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const say = (text: string) => process.stdout.write(`${text}\n`)
if (!(minutes >= 1)) {
  say('expected --minutes to be 1 or more')
  process.exit(2)
}

await using server = await Server.create()
const began = performance.now()
const soaked = await soak({ url: server.url, duration: minutes * 60_000 })
const elapsed = (performance.now() - began) / 1_000
const judged = verdicts(soaked.samples)
const problems = [...growing(), ...broken(soaked)]

say(table(judged))
say(`\n${facts(soaked)}`)
for (const problem of problems) say(`not as it should be: ${problem}`)
if (values.json) await save(values.json, `${JSON.stringify(soaked, undefined, 1)}\n`)
if (values.chart) await save(values.chart, `${await chart(soaked.samples, `${minutes} minutes of mixed load`)}\n`)
process.exitCode = problems.length > 0 ? 1 : 0

function growing(): readonly string[] {
  return Object.entries(judged).flatMap(([name, { flat }]) => (flat ? [] : [`${name} grows`]))
}

function broken({ left, reports }: Soaked): readonly string[] {
  const failures = reports.flatMap((report) => report.failures)

  return [...failures, ...(left > 0 ? [`${left} jobs have not ended`] : [])]
}

function facts({ done, reports }: Soaked): string {
  const processor = reports.map((report) => Math.round((100 * report.processor) / elapsed))
  const { user, system } = process.cpuUsage()
  const own = Math.round((user + system) / 10_000 / elapsed)
  const ends = JSON.stringify(reports.map((report) => report.ends))

  return `${JSON.stringify(done)}\nattempts: ${ends}\nprocessor: nodes ${processor.join(' and ')} %, driver ${own} %`
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
