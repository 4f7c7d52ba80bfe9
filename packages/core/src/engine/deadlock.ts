/** How often work is tried that the database ends. */
const tries = 5

/**
 * Repeats what the database ended without a trace because others had locked the same rows in another order. Ends of jobs
 * are written in the order in which they came, and strangers lock as they like.
 */
export async function unlessDeadlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let triesLeft = tries - 1; ; triesLeft -= 1) {
    try {
      return await work()
    } catch (error) {
      if (triesLeft === 0 || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '40P01'
}
