import type { Hook } from '../src/index.ts'

/** A hook that writes down its calls, and lets one wait for them. */
export interface Recorder {
  readonly hook: Required<Omit<Hook, 'timeout'>>
  readonly calls: readonly string[]
  /** What `afterProcess` was given, call by call. */
  readonly results: readonly unknown[]
  /** Resolves when there are so many calls. */
  has(count: number): Promise<readonly string[]>
}

/** Makes one; its name goes before each call. */
export function recorder(name = ''): Recorder {
  const calls: string[] = []
  const results: unknown[] = []
  let waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const write = (...words: string[]) => {
    calls.push([name, ...words].filter(Boolean).join(' '))
    for (const { count, resolve } of waiting) if (calls.length >= count) resolve()
    waiting = waiting.filter(({ count }) => calls.length < count)
  }

  return {
    calls,
    results,
    has: async (count) => {
      if (calls.length < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }))

      return calls
    },
    hook: {
      beforeNew: (job) => write('beforeNew', job.worker),
      beforeProcess: ({ job }) => write('beforeProcess', String(job.attempt)),
      afterProcess: (state, _context, result) => {
        results.push(result)
        write('afterProcess', state)
      },
      onCancelled: (reason, { state }) => write('onCancelled', reason, state),
      onDiscarded: (reason, { state }) => write('onDiscarded', reason, state),
    },
  }
}
