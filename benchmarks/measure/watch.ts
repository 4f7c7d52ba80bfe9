import { now } from './load.ts'
import { percentile } from './statistics.ts'
import type { Bench } from './task.ts'

export interface WatchParams {
  readonly limit: number
}

let waits: number[] = []

/** Begins to work, and remembers how long each job waited, in milliseconds. */
export async function watch({ client }: Bench, { limit }: WatchParams): Promise<void> {
  waits = []
  await client.work({
    limit,
    handle: ({ at }) => {
      waits.push(now() - (at ?? Number.NaN))
    },
  })
}

export async function readWaits(): Promise<readonly number[]> {
  return waits
}

export type Latencies = { readonly p50: number; readonly p95: number; readonly p99: number }

export function latencies(times: readonly number[]): Latencies {
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) }
}
