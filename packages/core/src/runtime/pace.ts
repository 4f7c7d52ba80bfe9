import type { Fetched } from '../engine/engine.ts'
import type { QueueOptions } from './queue.ts'

/** What a queue has measured, as moving averages. */
export interface Measured {
  /** From asking for jobs to having them, in milliseconds. */
  readonly fetch: number
  /** From a job's start to its end, in milliseconds. */
  readonly job: number
  /** What the args and the meta of one job take, in bytes. */
  readonly bytes: number
}

/** What a queue has in its hands. */
export interface Load {
  /** Jobs that run, or are about to. */
  readonly held: number
  /** Jobs that have ended without that being written. */
  readonly unwritten: number
}

/** Before anything was measured: nothing is fetched ahead. */
export const unmeasured: Measured = Object.freeze({ fetch: 0, job: Number.POSITIVE_INFINITY, bytes: 0 })

/** The most that jobs which were fetched ahead may take, in bytes. */
const mostBytes = 16 * 1024 * 1024

/** When more ends than this wait to be written, so many fewer jobs are fetched: the database has to catch up. */
const mostUnwritten = 2_000

/** By how much the next fetch may be larger than the last: the first jobs of a long backlog run while more are fetched. */
const growth = 4

/** What counts as the last fetch where that was smaller: one of a few hundred rows takes little longer than of ten. */
const least = 100

/** How fast a queue is, and so how far ahead of its free slots it fetches. */
export class Pace {
  #fetch = new Average(unmeasured.fetch)
  #job = new Average(unmeasured.job)
  #bytes = new Average(unmeasured.bytes)
  /** How many jobs the last fetch brought that brought any. */
  #brought = 0

  /** Takes down a fetch: how long it took, and what it brought. */
  fetched(milliseconds: number, { count, bytes }: Pick<Fetched, 'count' | 'bytes'>): void {
    this.#fetch.take(milliseconds)
    if (count === 0) return
    this.#bytes.take(bytes / count)
    this.#brought = count
  }

  /** Takes down how long a job took. */
  ran(milliseconds: number): void {
    this.#job.take(milliseconds)
  }

  /** Begins anew: what was measured is no longer so. */
  forget(): void {
    for (const average of [this.#fetch, this.#job, this.#bytes]) average.forget()
  }

  /**
   * How many jobs to fetch: for the free slots, and ahead of them. What is fetched ahead comes in two halves, so that one is
   * under way while the other runs, and each is at most four times as large as the one before, or some 400; where no slot
   * is free, a few jobs are not worth a fetch that would be in the way of the next half.
   */
  room({ limit, prefetch: most }: Pick<QueueOptions, 'limit' | 'prefetch'>, { held, unwritten }: Load): number {
    const measured = { fetch: this.#fetch.value, job: this.#job.value, bytes: this.#bytes.value }
    const capacity = limit + Math.min(prefetch(limit, measured, most), 2 * growth * Math.max(least, this.#brought))
    const room = capacity - held - Math.max(0, unwritten - mostUnwritten)
    const half = Math.ceil(capacity / 2)
    if (held >= limit && room < half / 2) return 0

    return Math.min(room, Math.max(half, limit))
  }
}

/**
 * How many jobs to fetch beyond the free slots: as many as the slots will finish while two fetches are under way.
 *
 * `limit × 2 × fetch / job`, at most `most`, and as many as fit into 16 MiB; nothing when jobs take so long that it
 * would not matter.
 */
export function prefetch(limit: number, { fetch, job, bytes }: Measured, most: number): number {
  if (job >= 50 || most === 0) return 0
  const fitting = bytes > 0 ? mostBytes / bytes : Number.POSITIVE_INFINITY

  return Math.floor(Math.min(most, fitting, (limit * 2 * fetch) / Math.max(job, 0.01)))
}

/** How many samples count, more or less. */
const samples = 8

/** A moving average that follows a change within a few samples. The first ones, any of which may be far off, count alike. */
export class Average {
  readonly #unmeasured: number
  #value: number
  #taken = 0

  constructor(unmeasured: number) {
    this.#unmeasured = unmeasured
    this.#value = unmeasured
  }

  get value(): number {
    return this.#value
  }

  take(sample: number): void {
    this.#taken = Math.min(this.#taken + 1, samples)
    this.#value = this.#taken === 1 ? sample : this.#value + (sample - this.#value) / this.#taken
  }

  /** Begins anew. */
  forget(): void {
    this.#value = this.#unmeasured
    this.#taken = 0
  }
}
