import { contenderKeys, loadContender } from '../contenders/index.ts'
import { loadWorkload, workloadNames } from '../workloads/index.ts'
import type { Contenders } from './comparison.ts'
import type { Results } from './results.ts'
import { show, table, workloadTable } from './table.ts'
import { Findings, type Target, targets } from './targets.ts'

export async function loadContenders(): Promise<Contenders> {
  return new Map(await Promise.all(contenderKeys.map(async (key) => [key, await loadContender(key)] as const)))
}

/** Everything that was measured, and what of the targets it reaches, as text. */
export async function report({ measurements }: Results): Promise<string> {
  const contenders = await loadContenders()
  const parts: string[] = []
  for (const name of workloadNames) {
    const workload = await loadWorkload(name)
    const own = measurements.filter((each) => each.workload === name)
    if (own.length > 0) parts.push(`## ${workload.title}\n\n${workloadTable(workload, own, contenders)}`)
  }
  const known = targets(new Findings(measurements, contenders)).filter(({ value }) => value !== undefined)
  if (known.length > 0) parts.push(`## Targets\n\n${targetTable(known)}`)

  return parts.join('\n\n')
}

export function targetTable(list: readonly Target[]): string {
  const rows = list.map(({ name, wanted, value, met }) => [
    name,
    wanted,
    show(value, { digits: 2 }),
    met === undefined ? 'not measured' : met ? 'met' : 'missed',
  ])

  return table(['target', 'wanted', 'measured', ''], rows)
}
