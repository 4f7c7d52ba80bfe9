import { createPostgresBackend, Queue as RedisQueue, Worker as RedisWorker, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { type Args, type Client, type Contender, type Place, queueOf, type WorkOptions } from './contender.ts'

export const bullmqPostgres: Contender = {
  name: 'BullMQ on PostgreSQL',
  settings: 'its PostgreSQL backend, jobs kept; as many connections as jobs at once, at most 20',
  kind: 'peer',
  store: 'postgres',
  share: 0.2,
  open: openPostgres,
}

export const bullmqRedis: Contender = {
  name: 'BullMQ on Redis',
  settings: 'jobs kept; whatever durability that Redis has',
  kind: 'peer',
  store: 'redis',
  open: openRedis,
}

type JobOptions = { readonly delay?: number; readonly jobId?: string }

/** What both backends have in common of a queue and of a worker. */
interface BullQueue {
  add(name: string, data: Args, options?: JobOptions): Promise<unknown>
  addBulk(jobs: { name: string; data: Args; opts?: JobOptions }[]): Promise<unknown>
  getJobCounts(): Promise<Readonly<Record<string, number>>>
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
}

interface Closable {
  waitUntilReady(): Promise<unknown>
  close(force?: boolean): Promise<void>
}

interface Backend {
  readonly queue: (name: string) => BullQueue
  readonly worker: (name: string, options: WorkOptions) => Closable
  readonly end: () => Promise<unknown>
}

function openPostgres(place: Place): Client {
  const { Queue, Worker } = withBackend(createPostgresBackend)
  const connection = { connectionString: place.url, migrate: true }

  return open(place, {
    queue: (name) => new Queue(name, { connection }),
    worker: (name, { limit, handle }) =>
      new Worker(name, async ({ data }) => handle(data), {
        connection: { ...connection, max: Math.min(limit, 20) + 1 },
        concurrency: limit,
      }),
    end: async () => {},
  })
}

function openRedis(place: Place): Client {
  const connection = new Redis(place.redis ?? 'redis://127.0.0.1:6379', {
    maxRetriesPerRequest: null,
    lazyConnect: true,
  })
  const prefix = `staffa:${new URL(place.url).pathname.slice(1)}`
  const backend: Backend = {
    queue: (name) => new RedisQueue(name, { connection, prefix }),
    worker: (name, { limit, handle }) =>
      new RedisWorker(name, async ({ data }) => handle(data), { connection, prefix, concurrency: limit }),
    end: () => connection.quit(),
  }

  return { ...open(place, backend), clear: () => clear(connection, prefix) }
}

/** A Redis may be somebody's: nothing is removed but what was made here. */
async function clear(connection: Redis, prefix: string): Promise<void> {
  for await (const keys of connection.scanStream({ match: `${prefix}:*`, count: 1_000 })) {
    if (keys.length > 0) await connection.unlink(...keys)
  }
}

const ended = new Set(['completed'])

function open(place: Place, backend: Backend): Client {
  const queues = new Map<string, BullQueue>()
  const workers: Closable[] = []
  const queue = (name: string) => {
    const found = queues.get(name) ?? backend.queue(name)
    queues.set(name, found)

    return found
  }
  const addAll = async (list: readonly Args[], options: (args: Args) => JobOptions) => {
    for (const [name, jobs] of Map.groupBy(list, (args) => queueOf(place, args))) {
      await queue(name).addBulk(jobs.map((data) => ({ name: 'bench', data, opts: options(data) })))
    }
  }
  const unique = ({ n }: Args) => ({ jobId: `unique-${n}` })

  return {
    prepare: async () => {
      for (const name of place.queues) await queue(name).waitUntilReady()
    },
    insert: (args) => queue(queueOf(place, args)).add('bench', args),
    insertAll: (list) => addAll(list, () => ({})),
    schedule: (list, at) => addAll(list, () => ({ delay: at.getTime() - Date.now() })),
    insertUnique: (args) => queue(queueOf(place, args)).add('bench', args, unique(args)),
    insertAllUnique: (list) => addAll(list, unique),
    work: async (options) => {
      workers.push(...place.queues.map((name) => backend.worker(name, options)))
      await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    },
    unfinished: async () => {
      const counts = await Promise.all(place.queues.map((name) => queue(name).getJobCounts()))
      const left = counts.flatMap(Object.entries).filter(([state]) => !ended.has(state))

      return left.reduce((sum, [, count]) => sum + count, 0)
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.close(true)))
      await Promise.all([...queues.values()].map((each) => each.close()))
      await backend.end()
    },
  }
}
