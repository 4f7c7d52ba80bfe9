import { Redis } from 'ioredis'

/** The Redis that answers, at REDIS_URL or where one usually is. None is started: the benchmarks are about PostgreSQL. */
export async function findRedis(): Promise<string | undefined> {
  const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 })
  redis.on('error', () => {}) // it does not answer, then
  try {
    await redis.connect()
    await redis.ping()

    return url
  } catch {
    return undefined
  } finally {
    redis.disconnect()
  }
}
