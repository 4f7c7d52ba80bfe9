import { argsFrom, type Client, type Contender } from '../contenders/contender.ts'
import { Tally } from './tally.ts'

/** What a task finds in the process that it runs in. */
export interface Bench {
  readonly contender: Contender
  readonly client: Client
  /** Sends something to the parent while the task runs, or after it. */
  readonly tell: (news: unknown) => void
}

/** Something that a process can be asked to do. */
export type Task = (bench: Bench, params: never) => Promise<unknown>

export interface FillParams {
  readonly jobs: number
  readonly from?: number
}

/** Puts jobs into the queues, in batches. */
export async function fill({ client }: Bench, { jobs, from = 0 }: FillParams): Promise<void> {
  const batch = 1_000
  for (let start = 0; start < jobs; start += batch) {
    await client.insertAll(argsFrom(from + start, Math.min(batch, jobs - start)))
  }
}

export interface WorkParams {
  /** The jobs that there are, for all processes together. */
  readonly jobs: number
  readonly limit: number
  /** How many of them this process is expected to handle, if that can be said. */
  readonly expected: number
}

export interface News {
  readonly handled: number
}

/** Begins to work, and tells how many jobs were handled: at once when all were, else every few milliseconds. */
export async function work({ client, tell }: Bench, { jobs, limit, expected }: WorkParams): Promise<void> {
  let told = 0
  const tellHandled = () => {
    if (tally.handled > told) tell({ handled: tally.handled } satisfies News)
    told = tally.handled
  }
  tally = new Tally(jobs, expected, tellHandled)
  usage = process.cpuUsage()
  setInterval(tellHandled, 5).unref()
  await client.work({ limit, handle: tally.handle })
}

export interface Worked {
  readonly handled: number
  readonly distinct: number
  /** Seconds of CPU since work began. */
  readonly cpu: number
  /** The most memory that the process ever had, in bytes. */
  readonly rss: number
}

let tally = new Tally(0, 0, () => {})
let usage = process.cpuUsage()

/** What has become of the work so far. */
export async function worked(): Promise<Worked> {
  const { user, system } = process.cpuUsage(usage)
  const { handled, distinct } = tally

  return { handled, distinct, cpu: (user + system) / 1e6, rss: process.resourceUsage().maxRSS * 1024 }
}

export const commonTasks: Readonly<Record<string, Task>> = {
  prepare: ({ client }) => client.prepare(),
  unfinished: ({ client }) => client.unfinished(),
  fill,
  work,
  worked,
}
