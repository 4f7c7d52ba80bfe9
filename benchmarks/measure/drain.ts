import type { BenchPlace } from './lab.ts'
import type { News, Worked, WorkParams } from './tasks.ts'
import type { Worker } from './worker.ts'

export interface DrainOptions {
  readonly jobs: number
  readonly limit: number
  /** How many processes share the work. Defaults to one. */
  readonly processes?: number
}

/** What a drain gave and cost. */
export type Drained = {
  /** Jobs a second, from the call that starts work to the moment when the last job is handled and that is stored. */
  readonly rate: number
  /** Seconds of CPU, of all processes of the contender and of the server. */
  readonly clientCpu: number
  readonly serverCpu: number
  /** Microseconds of the client's CPU for each job. */
  readonly clientCpuPerJob: number
  readonly serverCpuPerJob: number
  /** Bytes of write-ahead log for each job. */
  readonly walPerJob: number
  /** The most memory that one process had, in megabytes. */
  readonly rss: number
}

const patience = 120_000

/** Has fresh processes drain what the queues hold, and checks that every job was done, and once. */
export async function drain(bench: BenchPlace, { jobs, limit, processes = 1 }: DrainOptions): Promise<Drained> {
  const watcher = await bench.worker({ measured: false })
  const workers = await Promise.all(Array.from({ length: processes }, () => bench.worker()))
  await using meter = await bench.meter()
  const read = await meter.start()
  const handled = countHandled(workers, jobs)
  const params: WorkParams = { jobs, limit, expected: processes === 1 ? jobs : 0 }

  const began = performance.now()
  await Promise.all(workers.map((worker) => worker.ask('work', params)))
  await within(handled, () => watcher.ask<number>('unfinished'))
  await allStored(watcher, began)
  const seconds = (performance.now() - began) / 1000

  const spent = await read()
  const worked = await Promise.all(workers.map((worker) => worker.ask<Worked>('worked')))
  check(bench, jobs, worked)
  await Promise.all([...workers, watcher].map((worker) => worker.end()))
  const clientCpu = sum(worked.map(({ cpu }) => cpu))
  const serverCpu = spent.cpu ?? Number.NaN

  return {
    rate: jobs / seconds,
    clientCpu,
    serverCpu,
    clientCpuPerJob: (clientCpu / jobs) * 1e6,
    serverCpuPerJob: (serverCpu / jobs) * 1e6,
    walPerJob: spent.wal / jobs,
    rss: Math.max(...worked.map(({ rss }) => rss)) / 2 ** 20,
  }
}

/** Resolves when the processes have handled that many jobs between them. */
export function countHandled(workers: readonly Worker[], jobs: number): Promise<void> {
  const counts = new Map<Worker, number>()

  return new Promise((resolve) => {
    for (const worker of workers) {
      worker.onNews = (news) => {
        counts.set(worker, (news as News).handled)
        if (sum([...counts.values()]) >= jobs) resolve()
      }
    }
  })
}

async function within(handled: Promise<void>, unfinished: () => Promise<number>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, patience, true)
  })
  const isLate = await Promise.race([handled, late])
  clearTimeout(timer)
  if (isLate) throw new Error(`expected every job to be handled within two minutes, ${await unfinished()} are left`)
}

async function allStored(watcher: Worker, began: number): Promise<void> {
  for (let left = 1; left > 0; ) {
    left = await watcher.ask<number>('unfinished')
    if (left > 0 && performance.now() - began > patience) throw new Error(`expected no job to be left, got ${left}`)
  }
}

function check(bench: BenchPlace, jobs: number, worked: readonly Worked[]): void {
  const handled = sum(worked.map((each) => each.handled))
  const distinct = sum(worked.map((each) => each.distinct))
  if (handled === jobs && distinct === jobs) return
  throw new Error(`expected ${bench.contender.name} to do ${jobs} jobs once, got ${distinct} jobs ${handled} times`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
