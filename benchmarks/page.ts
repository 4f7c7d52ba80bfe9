// Writes what was measured into docs/performance.md, and draws its charts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chart } from './report/chart.ts'
import type { Contenders } from './report/comparison.ts'
import { fillIn, places } from './report/page.ts'
import { loadContenders, targetTable } from './report/print.ts'
import { type Measurement, type Results, readResults } from './report/results.ts'
import { show, table, workloadTable } from './report/table.ts'
import { Findings, targets } from './report/targets.ts'
import { wins } from './report/wins.ts'
import { loadWorkload, workloadNames } from './workloads/index.ts'

const docs = fileURLToPath(new URL('../docs/', import.meta.url))
const source = fileURLToPath(new URL('results.json', import.meta.url))

/** The workloads that have a chart, each of its first figure. */
const drawn = ['drain', 'strict', 'bulk-insert', 'single-insert', 'pick-up', 'processes']

async function main(): Promise<void> {
  const results = readResults(source)
  if (!results) throw new Error(`expected results in ${source}: run pnpm bench --json benchmarks/results.json`)
  const contenders = await loadContenders()
  const path = `${docs}performance.md`
  let page = readFileSync(path, 'utf8')
  for (const name of places(page)) page = fillIn(page, name, await textFor(name, results, contenders))
  writeFileSync(path, page)
  await draw(results.measurements, contenders)
}

async function textFor(name: string, results: Results, contenders: Contenders): Promise<string> {
  if (name === 'surroundings') return surroundingsText(results)
  if (name === 'contenders') return contendersTable(results.measurements, contenders)
  if (name === 'wins') return winsTable(results.measurements, contenders)
  if (name === 'targets') return targetTable(targets(new Findings(results.measurements, contenders)))
  const measurements = results.measurements.filter(({ workload }) => workload === name)
  if (measurements.length === 0) return 'Not measured.'

  return workloadTable(await loadWorkload(name), measurements, contenders)
}

function surroundingsText({ surroundings, measurements }: Results): string {
  const { at, machine, node, postgres, redis, versions } = surroundings
  const rounds = [...new Set(measurements.map((each) => each.rounds.length))].sort((a, b) => a - b)
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)

  return [
    `Measured on ${at}: ${machine}; Node ${node}, PostgreSQL ${postgres}${redis ? `, Redis ${redis}` : ''};`,
    `${packages.join(', ')}; rounds: ${rounds.join(' or ')}.`,
  ].join('\n')
}

function contendersTable(measurements: readonly Measurement[], contenders: Contenders): string {
  const measured = new Set(measurements.map(({ contender }) => contender))
  const rows = [...contenders].filter(([key]) => measured.has(key)).map(([, { name, settings }]) => [name, settings])

  return table(['contender', 'settings'], rows)
}

async function winsTable(measurements: readonly Measurement[], contenders: Contenders): Promise<string> {
  const workloads = await Promise.all(workloadNames.map(loadWorkload))
  const found = workloads.flatMap((workload) => wins(workload, measurements, contenders))
  if (found.length === 0) return 'Nowhere, in this run.'
  const rows = found.map(({ title, setting, peer, figure, theirs, ours, factor }) => {
    const digits = Math.max(theirs, ours) < 100 ? 2 : 0

    return [title, setting, peer, figure, show(theirs, { digits }), show(ours, { digits }), show(factor, { digits: 2 })]
  })

  return table(['workload', 'setting', 'ahead', 'figure', 'theirs', 'ours', 'by'], rows)
}

async function draw(measurements: readonly Measurement[], contenders: Contenders): Promise<void> {
  mkdirSync(`${docs}performance`, { recursive: true })
  for (const name of workloadNames.filter((each) => drawn.includes(each))) {
    const { title, figures } = await loadWorkload(name)
    const [figure] = figures
    const own = measurements.filter(({ workload }) => workload === name)
    if (!figure || own.length === 0) continue
    writeFileSync(`${docs}performance/${name}.svg`, await chart(own, { title, figure, contenders }))
  }
}

await main()
