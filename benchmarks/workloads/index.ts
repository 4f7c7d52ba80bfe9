import type { Workload } from './workload.ts'

/** Every workload by its name, in the order in which they are shown. */
const loaders = {
  'bulk-insert': async () => (await import('./bulk-insert.ts')).bulkInsert,
  'single-insert': async () => (await import('./single-insert.ts')).singleInsert,
  drain: async () => (await import('./drain.ts')).drain,
  strict: async () => (await import('./strict.ts')).strict,
  kept: async () => (await import('./kept.ts')).kept,
  waiting: async () => (await import('./waiting.ts')).waiting,
  queues: async () => (await import('./queues.ts')).queues,
  processes: async () => (await import('./processes.ts')).processes,
  memory: async () => (await import('./memory.ts')).memory,
  'pick-up': async () => (await import('./pick-up.ts')).pickUp,
  'pick-up-busy': async () => (await import('./pick-up-busy.ts')).pickUpBusy,
  scheduled: async () => (await import('./scheduled.ts')).scheduled,
  unique: async () => (await import('./unique.ts')).unique,
  'fan-out': async () => (await import('./fan-out.ts')).fanOut,
  layers: async () => (await import('./layers.ts')).layers,
  pglite: async () => (await import('./pglite.ts')).pglite,
  idle: async () => (await import('./idle.ts')).idle,
} as const satisfies Readonly<Record<string, () => Promise<Workload>>>

export const workloadNames: readonly string[] = Object.keys(loaders)

const tails = ['pick-up', 'pick-up-busy']

/** All of them in the order in which they are measured: those whose tails differ most from run to run come first. */
export const measuringOrder: readonly string[] = [...tails, ...workloadNames.filter((name) => !tails.includes(name))]

export async function loadWorkload(name: string): Promise<Workload> {
  const load = (loaders as Readonly<Record<string, () => Promise<Workload>>>)[name]
  if (!load) throw new Error(`expected a workload to be one of ${workloadNames.join(', ')}, got ${name}`)

  return load()
}
