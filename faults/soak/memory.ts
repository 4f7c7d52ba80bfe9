import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Megabytes. */
export interface Memory {
  /** What the process occupies. */
  readonly rss: number
  /** What is reachable of the heap. */
  readonly heap: number
}

const megabyte = 2 ** 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/**
 * Measures this process after a full collection. With memory to spare, V8 lets minutes pass between two: what has not been
 * collected yet looks like a leak for as long.
 */
export function memory(): Memory {
  collect()
  const { rss, heapUsed } = process.memoryUsage()

  return { rss: rss / megabyte, heap: heapUsed / megabyte }
}
