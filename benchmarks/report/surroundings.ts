import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'

/** What was measured on, and what. */
export interface Surroundings {
  readonly at: string
  readonly machine: string
  readonly node: string
  readonly postgres: string
  readonly redis: string | undefined
  readonly versions: Readonly<Record<string, string>>
}

const packages = ['pg-boss', 'graphile-worker', 'bullmq', 'pg'] as const

export async function surroundings(url: string, redis: string | undefined): Promise<Surroundings> {
  const [processor] = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`

  return {
    at: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${processor?.model.trim()}, ${memory}, ${type()} ${release().split('-')[0]}`,
    node: process.versions.node,
    postgres: await postgresVersion(url),
    redis: redis === undefined ? undefined : await redisVersion(redis),
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  }
}

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query('SHOW server_version')
  await client.end()

  return rows[0].server_version
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url)
  const info = await redis.info()
  redis.disconnect()
  const read = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim()
  const durability = read('aof_enabled') === '1' ? 'append-only file' : 'no append-only file'

  return `${read('redis_version')}, ${durability}`
}

/** Packages do not all show their package.json: it is looked for above what they do show. */
function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name)
  for (let directory = dirname(entry); directory !== dirname(directory); directory = dirname(directory)) {
    try {
      const found = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, string>
      if (found.name === name && found.version) return found.version
    } catch {
      // further up
    }
  }

  return 'unknown'
}
