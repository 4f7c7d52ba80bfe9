import type { Args } from '../contenders/contender.ts'

/** Counts what was handled, once and more than once. */
export class Tally {
  readonly #seen: Uint8Array
  readonly #expected: number
  readonly #onAll: () => void
  handled = 0
  distinct = 0

  /** Calls `onAll` when as many were handled as were expected. */
  constructor(jobs: number, expected: number, onAll: () => void) {
    this.#seen = new Uint8Array(jobs)
    this.#expected = expected
    this.#onAll = onAll
  }

  readonly handle = ({ n }: Args): void => {
    this.handled++
    if (this.#seen[n] === 0) {
      this.#seen[n] = 1
      this.distinct++
    }
    if (this.handled === this.#expected) this.#onAll()
  }
}
