import type {} from 'expect'
import type { Enqueued } from './enqueued/filter.ts'
import type { Within } from './enqueued/look.ts'
import { matchers } from './matchers.ts'

declare module 'expect' {
  // the type parameters must be those of jest
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    /** Passes when a job that fits is enqueued, or is within a time. Await it. */
    toHaveEnqueued<Input>(filter?: Enqueued<Input>, options?: Within): Promise<void>
  }
}

declare global {
  // where types come from @types/jest
  namespace jest {
    interface Matchers<R, T = {}> {
      /** Passes when a job that fits is enqueued, or is within a time. Await it. */
      toHaveEnqueued<Input>(filter?: Enqueued<Input>, options?: Within): Promise<void>
    }
  }
}

interface Expect {
  extend(added: typeof matchers): void
}

const { expect } = globalThis as { readonly expect?: Expect }
if (!expect) throw new Error('expected jest, got no global expect: call expect.extend(matchers) instead')
expect.extend(matchers)
