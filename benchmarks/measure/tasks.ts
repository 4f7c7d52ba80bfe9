import { type Args, batchesOf } from '../contenders/contender.ts'
import { cpuSeconds } from './load.ts'
import { Tally } from './tally.ts'
import type { Bench, Task } from './task.ts'
import { readWaits, watch } from './watch.ts'

export interface FillParams {
  readonly jobs: number
  readonly from?: number
}

/** Puts jobs into the queues, in batches; tells the seconds of CPU that it took. */
async function fill({ client }: Bench, { jobs, from = 0 }: FillParams): Promise<{ readonly cpu: number }> {
  const cpu = cpuSeconds()
  for (const list of batchesOf(jobs, from)) await client.insertAll(list)

  return { cpu: cpu() }
}

export interface WorkParams {
  /** The jobs that there are, for all processes together. */
  readonly jobs: number
  readonly limit: number
  /** How many of them this process is expected to handle, if that can be said; else 0. */
  readonly expected: number
  /** What else a job does. Defaults to nothing. */
  readonly also?: (args: Args) => Promise<unknown> | undefined
}

export interface News {
  readonly handled: number
}

/** Begins to work, and tells how many jobs were handled: at once when all were, else every few milliseconds. */
export async function work({ client, tell }: Bench, params: WorkParams): Promise<void> {
  const { jobs, limit, expected, also } = params
  let told = 0
  const tellHandled = () => {
    if (tally.handled > told) tell({ handled: tally.handled } satisfies News)
    told = tally.handled
  }
  tally = new Tally(jobs, expected, tellHandled)
  cpu = cpuSeconds()
  setInterval(tellHandled, 5).unref()
  const alsoTally = async (args: Args) => {
    await also?.(args)
    tally.handle(args)
  }
  await client.work({ limit, handle: also ? alsoTally : tally.handle })
}

export interface Worked {
  readonly handled: number
  readonly distinct: number
  /** Seconds of CPU since work began. */
  readonly cpu: number
  /** The most memory that the process ever had, in bytes. */
  readonly rss: number
  /** What the heap holds after all garbage is gone, in bytes. */
  readonly heap: number
}

let tally = new Tally(0, 0, () => {})
let cpu = cpuSeconds()

/** What has become of the work so far. */
async function worked(): Promise<Worked> {
  const { handled, distinct } = tally
  const figures = { handled, distinct, cpu: cpu(), rss: process.resourceUsage().maxRSS * 1024 }
  globalThis.gc?.()

  return { ...figures, heap: process.memoryUsage().heapUsed }
}

export const commonTasks: Readonly<Record<string, Task>> = {
  prepare: ({ client }) => client.prepare(),
  unfinished: ({ client }) => client.unfinished(),
  clear: async ({ client }) => client.clear?.(),
  keep: ({ client }, { count }: { readonly count: number }) => client.keep?.(count) ?? Promise.resolve(),
  fill,
  work,
  worked,
  watch,
  waits: readWaits,
}
