import { explainNone, explainSome } from './enqueued/explain.ts'
import type { AnyEnqueued } from './enqueued/filter.ts'
import { look, type Within } from './enqueued/look.ts'
import type { Inspected } from './enqueued/read.ts'

/** What a matcher gives back to vitest, jest and others that extend `expect`. */
export interface Matched {
  readonly pass: boolean
  readonly message: () => string
}

/** The matchers for `expect.extend(matchers)`: `await expect(staffa).toHaveEnqueued({ worker, args })`. */
export const matchers = {
  /** Passes when a job that fits is enqueued, or is within a time. */
  async toHaveEnqueued(received: Inspected, filter: AnyEnqueued = {}, options: Within = {}): Promise<Matched> {
    const { filter: checked, fits, all } = await look(received, filter, options)
    const pass = fits.length > 0

    return {
      pass,
      message: () => (pass ? explainSome(checked, fits, 'enqueued') : explainNone(checked, all, 'enqueued')),
    }
  },
}
