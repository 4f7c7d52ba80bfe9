import { drain } from './drain.ts'
import type { Workload } from './workload.ts'

export const workloads: readonly Workload[] = [drain]

export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name)
  if (!found) throw new Error(`expected a workload to be one of ${workloads.map((w) => w.name).join(', ')}, got ${name}`)

  return found
}
