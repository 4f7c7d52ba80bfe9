import type { Fetched } from '../engine/engine.ts'

/** For how long the past is left out of sight, in milliseconds, and how long ago it begins. */
export const sight = 250

/** A fetch that was made. */
export interface Look {
  /** By a clock that never goes back, in milliseconds. */
  readonly at: number
  /** Where it began to look; undefined where it left out nothing. */
  readonly from: Date | undefined
  readonly fetched: Pick<Fetched, 'reached'>
}

/**
 * Decides where the fetches of a busy queue begin to look. Each job that was fetched leaves an entry in the index that
 * later fetches go over, until the table is vacuumed: thousands a second. So they begin a quarter of a second before the
 * last job that was fetched, and one in a quarter of a second looks at everything: what became available long after it
 * was scheduled, such as a job of a transaction that took long, waits for that one.
 */
export class Horizon {
  #from: Date | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  /** Where a fetch may begin to look: undefined when it is time to look at everything. */
  from(now: number): Date | undefined {
    return now - this.#lookedAt < sight ? this.#from : undefined
  }

  learn({ at, from, fetched: { reached } }: Look): void {
    if (!from) this.#lookedAt = at
    if (reached) this.#from = new Date(reached.getTime() - sight)
  }
}
