import pg from 'pg'
import { type Job, PgBoss, type WorkOptions as PgBossWorkOptions } from 'pg-boss'
import { type Args, type Client, type Contender, type Place, queueOf, type WorkOptions } from './contender.ts'

const base = { kind: 'peer', store: 'postgres' } as const
const polling = { pollingIntervalSeconds: 0.5, burstWhenBatchFull: true } as const

export const pgBoss: Contender = {
  ...base,
  name: 'pg-boss',
  settings:
    'two pollers with batches of 1,000, `burstWhenBatchFull`, a table of its own; one call of the handler for a batch',
  open: (place) => open(place, { work: () => ({ ...polling, batchSize: 1_000, localConcurrency: 2 }) }),
}

export const pgBossUnbuffered: Contender = {
  ...base,
  name: 'pg-boss, unbuffered',
  settings: 'one poller whose batch is the limit, `burstWhenBatchFull`; one call of the handler for a batch',
  open: (place) => open(place, { work: (limit) => ({ ...polling, batchSize: limit, localConcurrency: 1 }) }),
}

export const pgBossNotified: Contender = {
  ...base,
  name: 'pg-boss, notified',
  settings: '`useListenNotify`, ten pollers with batches of one',
  open: (place) => open(place, { notify: true, work: () => ({ batchSize: 1, localConcurrency: 10 }) }),
}

interface Settings {
  readonly work: (limit: number) => PgBossWorkOptions
  readonly notify?: boolean
}

const left = `SELECT count(*)::int AS left FROM pgboss.job WHERE state <> 'completed'`

const keepText = `
  INSERT INTO pgboss.job (name, state, data, created_on, started_on, completed_on)
  SELECT 'default', 'completed',
    jsonb_build_object('n', n, 'name', 'Ann Example', 'email', 'ann@example.com', 'plan', 'monthly'), at, at, at
  FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - n * interval '1 millisecond' AS at)`

function open(place: Place, { work, notify = false }: Settings): Client {
  const watcher = new pg.Pool({ connectionString: place.url, max: 1 })
  const boss = new PgBoss({ connectionString: place.url, max: 10, useListenNotify: notify })
  boss.on('error', (error) => process.emitWarning(error))
  let started: Promise<unknown> | undefined
  const start = () => {
    started ??= boss.start()

    return started
  }
  const insert = async (queue: string, list: readonly object[]) => {
    await start()
    await boss.insert(queue, [...list])
  }

  return {
    prepare: async () => {
      await start()
      for (const queue of place.queues) await boss.createQueue(queue, { partition: place.queues.length === 1, notify })
      await boss.createQueue('unique', { policy: 'short' })
    },
    insert: async (args) => {
      await start()
      await boss.send(queueOf(place, args), args)
    },
    insertAll: async (list) => {
      for (const [queue, jobs] of Map.groupBy(list, (args) => queueOf(place, args))) {
        await insert(queue, jobs.map(due()))
      }
    },
    schedule: (list, startAfter) => insert('default', list.map(due(startAfter))),
    insertUnique: (args) => insert('unique', [unique(args)]),
    insertAllUnique: (list) => insert('unique', list.map(unique)),
    keep: (count) => watcher.query(keepText, [count]),
    work: async ({ limit, handle }) => {
      await start()
      for (const queue of place.queues) await boss.work<Args>(queue, work(limit), (jobs) => handleAll(jobs, handle))
    },
    unfinished: async () => (await watcher.query(left)).rows[0].left,
    stop: async () => {
      await boss.stop({ graceful: false })
      await watcher.end()
    },
  }
}

function due(startAfter?: Date): (data: Args) => object {
  return (data) => ({ data, ...(startAfter && { startAfter }) })
}

function unique(data: Args): object {
  return { data, singletonKey: String(data.n) }
}

async function handleAll(jobs: readonly Job<Args>[], handle: WorkOptions['handle']): Promise<void> {
  for (const { data } of jobs) {
    const working = handle(data)
    if (working) await working
  }
}
