import { expect } from 'vitest'
import type { Enqueued } from './enqueued/filter.ts'
import type { Within } from './enqueued/look.ts'
import { matchers } from './matchers.ts'

declare module 'vitest' {
  // the type parameters must be those of vitest
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Passes when a job that fits is enqueued, or is within a time. Await it. */
    toHaveEnqueued<Input>(filter?: Enqueued<Input>, options?: Within): Promise<void>
  }
}

expect.extend(matchers)
