import { type QueueSettings, Staffa, type StaffaOptions, type Worker, worker } from '@staffa/core'
import { type Args, type Client, type Contender, type Place, queueOf, type WorkOptions } from './contender.ts'
import { openWatcher } from './watcher.ts'

const base = { kind: 'staffa', store: 'postgres' } as const

export const staffa: Contender = {
  ...base,
  name: 'Staffa',
  settings: 'as it comes',
  open: (place) => openStaffa(place, { bench: plain }),
}

export const strictStaffa: Contender = {
  ...base,
  name: 'Staffa, no prefetch',
  settings: '`prefetch: 0`',
  open: (place) => openStaffa(place, { bench: plain, settings: { prefetch: 0 } }),
}

/** A worker of the benchmarks' jobs. */
export type BenchWorker = Worker<Args>

export interface StaffaSetup {
  /** Makes the worker, which calls back for each job. */
  readonly bench: (handle: WorkOptions['handle']) => BenchWorker
  readonly settings?: Partial<QueueSettings>
  readonly database?: StaffaOptions['database']
}

export function plain(handle: WorkOptions['handle']): BenchWorker {
  return worker({ name: 'bench' })
    .typed<Args>()
    .process(({ args }) => handle(args))
}

const unfinished = ['available', 'scheduled', 'executing', 'retryable', 'cancelled', 'discarded'] as const

const once = { unique: { keys: ['n'], period: 'infinity' } } as const

export function openStaffa(place: Place, { bench, settings, database = place.url }: StaffaSetup): Client {
  let handle: WorkOptions['handle'] = () => {}
  const job = bench((args) => handle(args))
  const create = (options: Partial<StaffaOptions>) => new Staffa({ database, workers: [job], ...options })
  const describe = (args: Args) => job.new(args, { queue: queueOf(place, args) })
  const watcher = openWatcher(place.url)
  const inserter = create({})
  let app = inserter

  return {
    prepare: () => app.migrate(),
    insert: (args) => app.insert(describe(args)),
    insertAll: (list) => app.insertAll(list.map(describe)),
    schedule: (list, at) => app.insertAll(list.map((args) => job.new(args, { scheduledAt: at }))),
    insertUnique: (args) => app.insert(job.new(args, once)),
    insertAllUnique: (list) => app.insertAll(list.map((args) => job.new(args, once))),
    keep: (count) => watcher.pool.query(keepText, [count]),
    work: async ({ limit, handle: wanted }) => {
      handle = wanted
      app = create({ queues: Object.fromEntries(place.queues.map((queue) => [queue, { ...settings, limit }])) })
      await app.start()
    },
    unfinished: () => (database === place.url ? watcher.unfinished() : inserter.jobs.count({ state: unfinished })),
    stop: async () => {
      await app.stop()
      await inserter.stop()
      await watcher.pool.end()
    },
  }
}

/** Completed jobs of a worker, as they are stored. */
export const keepText = `
  INSERT INTO oban_jobs
    (state, queue, worker, args, attempt, attempted_by, inserted_at, scheduled_at, attempted_at, completed_at)
  SELECT 'completed', 'default', 'bench',
    jsonb_build_object('n', n, 'name', 'Ann Example', 'email', 'ann@example.com', 'plan', 'monthly'),
    1, ARRAY['node', '9b2c7a52-0000-4000-8000-000000000000'], at, at, at, at
  FROM generate_series(1, $1::int) AS n, LATERAL (SELECT timezone('UTC', now()) - n * interval '1 millisecond' AS at)`
