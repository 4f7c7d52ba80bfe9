/** Runs work once there is room for it; resolves and rejects as the work does. */
export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/** Lets no more than so many pieces of work run at once. The others wait, and come in the order in which they asked. */
export function semaphore(most: number): Semaphore {
  let free = most
  let waiting: (() => void)[] = []

  async function enter(): Promise<void> {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve))
    free -= 1
  }

  function leave(): void {
    const [next, ...others] = waiting
    waiting = others
    if (next) next()
    else free += 1
  }

  return async (work) => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
