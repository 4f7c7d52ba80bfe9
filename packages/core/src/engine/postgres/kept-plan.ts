/** As many rows as a fetch finds of a queue that is kept empty, however busy: planning is a good part of what it costs. */
const few = 500

/** The milliseconds that a fetch takes at most whose plan fits the table, without its rows and with each of them. */
const atMost = { fetch: 5, row: 0.05 }

/** For how long, in milliseconds, a plan that did not fit is left: the statistics are new by then, and with them the plan. */
const rest = 60_000

/** One fetch that was made, and how: with the plan that its session keeps, or planned anew. */
export interface Made {
  readonly rows: number
  /** Milliseconds. */
  readonly elapsed: number
  readonly kept: boolean
}

/**
 * Decides when a fetch may use the plan that its session keeps, which brings jobs sooner by a fifth of a millisecond, or
 * by two fifths where others want the processor, too. That plan may be from when the table was empty, and read all of a
 * large one: two fetches in a row that took longer than their rows explain, and it is left for a while.
 */
export class KeptPlan {
  #found = Number.POSITIVE_INFINITY
  #slow = 0
  #leftUntil = 0

  serves(now: number): boolean {
    return this.#found <= few && now >= this.#leftUntil
  }

  learn(now: number, { rows, elapsed, kept }: Made): void {
    this.#found = rows
    if (!kept) return
    this.#slow = elapsed > atMost.fetch + atMost.row * rows ? this.#slow + 1 : 0
    if (this.#slow < 2) return
    this.#slow = 0
    this.#leftUntil = now + rest
  }
}
