import type { Fetched } from '../engine/engine.ts'

/** For how long the past is left out of sight, in milliseconds, and how long ago it begins. */
export const sight = 250

/** How many jobs have to come in that time: what fewer leave in the index is gone over in no time. */
const many = 100

/** A fetch that was made. */
export interface Look {
  /** By a clock that never goes back, in milliseconds. */
  readonly at: number
  /** Where it began to look; undefined where it left out nothing. */
  readonly from: Date | undefined
  readonly fetched: Pick<Fetched, 'count' | 'reached'>
}

/**
 * Decides where the fetches of a busy queue begin to look. Each job that was fetched leaves an entry in the index that
 * later fetches go over, until the table is vacuumed: thousands a second. So they begin a quarter of a second before the
 * last job that was fetched, once a hundred have come, and one in a quarter of a second looks at everything: what became
 * available long after it was scheduled, such as a job of a transaction that took long, waits for that one.
 */
export class Horizon {
  #from: Date | undefined
  /** When everything was looked at, at least a quarter of a second after the time before, and how many jobs came since. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #came = 0

  /** Where a fetch may begin to look: undefined when it is time to look at everything. */
  from(now: number): Date | undefined {
    return now - this.#lookedAt < sight && this.#came >= many ? this.#from : undefined
  }

  /** Whether many jobs come, and everything was looked at a moment ago: nothing has been waiting there for long. */
  isNear(now: number): boolean {
    return now - this.#lookedAt < 2 * sight && this.#came >= many
  }

  learn({ at, from, fetched: { count, reached } }: Look): void {
    if (!from && at - this.#lookedAt >= sight) {
      this.#lookedAt = at
      this.#came = 0
    }
    this.#came += count
    if (reached) this.#from = new Date(reached.getTime() - sight)
  }
}
