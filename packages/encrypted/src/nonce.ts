import { randomBytes } from 'node:crypto'

/** Fetched so many at a time: most of what random bytes cost is the call. */
let pool = randomBytes(0)
let used = 0

/** Random bytes that were never given out before. */
export function nonce(size: number): Buffer {
  used += size
  if (used > pool.length) {
    pool = randomBytes(4_096)
    used = size
  }

  return pool.subarray(used - size, used)
}
