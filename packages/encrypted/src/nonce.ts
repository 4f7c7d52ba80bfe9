import { randomBytes } from 'node:crypto'

/** Fetched so many at a time: most of what random bytes cost is the call. */
let pool = randomBytes(0)

/** Random bytes that were never given out before. */
export function nonce(size: number): Buffer {
  if (pool.length < size) pool = randomBytes(4_096)
  const bytes = pool.subarray(0, size)
  pool = pool.subarray(size)

  return bytes
}
