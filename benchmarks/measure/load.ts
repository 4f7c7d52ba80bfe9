/** Milliseconds of the machine's own clock, which every process reads alike. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Begins to count the CPU of this process, in seconds. */
export function cpuSeconds(): () => number {
  const before = process.cpuUsage()

  return () => {
    const { user, system } = process.cpuUsage(before)

    return (user + system) / 1e6
  }
}

/** How many a second that makes. */
export async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const began = now()
  await work()

  return (count / (now() - began)) * 1000
}

/** Works through a list, so many at a time. */
export async function inFlight<Item>(
  together: number,
  items: Iterable<Item>,
  each: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  const takeTurns = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await each(next.value)
  }
  await Promise.all(Array.from({ length: together }, takeTurns))
}
