import type { BenchPlace, Lab } from '../measure/lab.ts'
import type { Task } from '../measure/task.ts'

/** How much to measure. */
export interface Scale {
  readonly quick: boolean
  /** The number of jobs, if the caller wants another than the workload's own. */
  readonly jobs: number | undefined
  /** The limits to try, if the caller wants others. */
  readonly limits: readonly number[] | undefined
}

/** One contender at one setting: what is measured once in each round. */
export interface Case {
  readonly contender: string
  /** The setting in words, such as `limit 10`; the same for all that are compared with each other. */
  readonly setting: string
  /** How many times the rounds, for what is compared closely: the more, the less the machine's moods count. Defaults to 1. */
  readonly repeat?: number | undefined
  readonly measure: (lab: Lab) => Promise<Figures>
}

export type Figures = Readonly<Record<string, number>>

/** What a number is. */
export interface Figure {
  readonly name: string
  readonly title: string
  readonly better: 'more' | 'less'
  readonly digits?: number
}

export interface Workload {
  readonly name: string
  readonly title: string
  /** What is shown of what is measured; the first is what contenders are compared by. */
  readonly figures: readonly Figure[]
  /** How many rounds are enough, where one takes long. Defaults to what the caller wants. */
  readonly rounds?: number
  readonly cases: (scale: Scale) => readonly Case[]
  /** What its processes can be asked to do, besides what all can. */
  readonly tasks?: Readonly<Record<string, Task>>
}

export interface FreshOptions {
  readonly workload: string
  readonly contender: string
  readonly setting: string
  readonly queues?: readonly string[]
  readonly repeat?: Case['repeat']
}

/** A case that is measured on a database of its own each time. */
export function onFresh(options: FreshOptions, measure: (bench: BenchPlace) => Promise<Figures>): Case {
  const { contender, setting, repeat } = options

  return { contender, setting, repeat, measure: (lab) => lab.onFreshDatabase(options, measure) }
}

/** How often to measure what is compared with Staffa's own rate elsewhere: by a tenth, which is less than runs differ by. */
export function repeatOwn(contender: string, times = 3): number {
  return contender === 'staffa' ? times : 1
}

/** How many jobs a contender does: those that would take minutes do a part. */
export function jobsFor({ contender }: BenchPlace, all: number): number {
  return Math.round(all * (contender.share ?? 1))
}

/** Figures that several workloads have. */
export const rate: Figure = { name: 'rate', title: 'jobs/s', better: 'more' }
export const clientCpu: Figure = { name: 'clientCpuPerJob', title: 'client µs/job', better: 'less', digits: 1 }
export const p50: Figure = { name: 'p50', title: 'p50 ms', better: 'less', digits: 2 }
export const p95: Figure = { name: 'p95', title: 'p95 ms', better: 'less', digits: 2 }
export const p99: Figure = { name: 'p99', title: 'p99 ms', better: 'less', digits: 2 }
export const rss: Figure = { name: 'rss', title: 'peak MB', better: 'less' }

/** What a drain gives and costs. */
export const drainFigures: readonly Figure[] = [
  rate,
  clientCpu,
  { name: 'serverCpuPerJob', title: 'server µs/job', better: 'less', digits: 1 },
  { name: 'walPerJob', title: 'WAL bytes/job', better: 'less' },
  rss,
]
