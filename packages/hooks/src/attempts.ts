import type { Job } from '@staffa/core/plugin'

/** More attempts than this are not remembered: those whose end was never settled here must not pile up. */
const most = 10_000

/** Remembers the attempts whose end hooks have heard of, or will. */
export interface Attempts {
  add(job: Job): void
  /** Forgets an attempt; tells whether it was known. */
  delete(job: Job): boolean
}

/** Makes an empty memory. */
export function attempts(): Attempts {
  const keys = new Set<string>()

  return {
    add: (job) => {
      keys.add(keyOf(job))
      for (const oldest of keys) {
        if (keys.size <= most) break
        keys.delete(oldest)
      }
    },
    delete: (job) => keys.delete(keyOf(job)),
  }
}

/** Two databases may have jobs of the same id in one process. */
function keyOf({ id, attempt, attemptedAt, insertedAt }: Job): string {
  return [id, attempt, attemptedAt?.getTime(), insertedAt.getTime()].join('/')
}
