import { type BenchPlace, patience } from './lab.ts'
import type { News, Worked, WorkParams } from './tasks.ts'
import type { Worker } from './worker.ts'

export interface DrainOptions {
  readonly jobs: number
  /** How many wait, if there are more of them than are to be done. */
  readonly stored?: number
  readonly limit: number
  /** How many processes share the work. Defaults to one. */
  readonly processes?: number
}

/** What a drain gave and cost. */
export type Drained = {
  /** Jobs a second, from the call that starts work to the moment when the last job is handled and that is stored. */
  readonly rate: number
  /** The same, to the moment when the last job is handled. */
  readonly handledRate: number
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

/** Has fresh processes drain what the queues hold, and checks that every job was done, and once. */
export async function drain(bench: BenchPlace, options: DrainOptions): Promise<Drained> {
  const { jobs, limit, processes = 1, stored = jobs } = options
  const workers = await Promise.all(Array.from({ length: processes }, () => bench.worker()))
  await bench.expectUnfinished(stored) // and so whoever looks is connected before the clock starts
  await using meter = await bench.meter()
  const read = await meter.start()
  const handled = countHandled(workers, jobs)
  const params: WorkParams = { jobs: stored, limit, expected: processes === 1 ? jobs : 0 }

  const began = performance.now()
  await Promise.all(workers.map((worker) => worker.ask('work', params)))
  await within(handled, bench)
  const handledAt = performance.now()
  const storedAt = stored === jobs ? await bench.untilFinished() : handledAt

  const spent = await read()
  const worked = await Promise.all(workers.map((worker) => worker.ask<Worked>('worked')))
  if (stored === jobs) check(bench, jobs, worked)
  await Promise.all(workers.map((worker) => worker.end()))
  const clientCpu = sum(worked.map(({ cpu }) => cpu))
  const serverCpu = spent.cpu ?? Number.NaN

  return {
    rate: (jobs / (storedAt - began)) * 1000,
    handledRate: (jobs / (handledAt - began)) * 1000,
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

/** Resolves with the moment when all is handled and that is stored. */
export async function storedWithin(handled: Promise<void>, bench: BenchPlace): Promise<number> {
  await within(handled, bench)
  const storedAt = await bench.untilFinished()

  return Date.now() - (performance.now() - storedAt)
}

async function within(handled: Promise<void>, bench: BenchPlace): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, patience, true)
  })
  const isLate = await Promise.race([handled, late])
  clearTimeout(timer)
  if (!isLate) return
  throw new Error(`expected every job to be handled within two minutes, ${await bench.help('unfinished')} are left`)
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
