import { Logger, makeWorkerUtils, type Runner, run, type WorkerUtils } from 'graphile-worker'
import pg from 'pg'
import { type Args, type Client, type Contender, type Place, queueOf } from './contender.ts'

const base = { kind: 'peer', store: 'postgres' } as const

export const graphileWorker: Contender = {
  ...base,
  name: 'graphile-worker',
  settings: 'no local queue, no batches; as many connections as jobs at once, at most 20',
  share: 0.2,
  open: (place) => open(place, {}),
}

export const graphileWorkerUnbuffered: Contender = {
  ...base,
  name: 'graphile-worker, unbuffered',
  settings: 'no local queue, completion batched with delay 0; as many connections as jobs at once, at most 20',
  share: 0.2,
  open: (place) => open(place, { completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
}

/** As its documents advise for many short jobs. */
export const graphileWorkerTuned: Contender = {
  ...base,
  name: 'graphile-worker, tuned',
  settings: 'a local queue of 500, completion batched with delay 0',
  open: (place) => open(place, { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
}

export const graphileWorkerBest: Contender = {
  ...base,
  name: 'graphile-worker, at its best',
  settings: 'a local queue of 2,000, completion batched with delay 0',
  open: (place) => open(place, { localQueue: { size: 2_000 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
}

const logger = new Logger(() => (level, message) => {
  if (level === 'error') process.emitWarning(message)
})

const left = 'SELECT count(*)::int AS left FROM graphile_worker._private_jobs'

function open(place: Place, settings: GraphileConfig.WorkerOptions): Client {
  const watcher = new pg.Pool({ connectionString: place.url, max: 1 })
  let utils: Promise<WorkerUtils> | undefined
  let runner: Runner | undefined
  const client = () => {
    utils ??= makeWorkerUtils({ connectionString: place.url, logger })

    return utils
  }
  const addJobs = async (specs: readonly { identifier: string; payload: Args; runAt?: Date; jobKey?: string }[]) =>
    (await client()).addJobs(specs)
  const spec = (args: Args) => ({ identifier: queueOf(place, args), payload: args })
  const unique = (args: Args) => ({ ...spec(args), jobKey: String(args.n) })

  return {
    prepare: async () => (await client()).migrate(),
    insert: async (args) => (await client()).addJob(queueOf(place, args), args),
    insertAll: (list) => addJobs(list.map(spec)),
    schedule: (list, runAt) => addJobs(list.map((args) => ({ ...spec(args), runAt }))),
    insertUnique: async (args) =>
      (await client()).addJob(queueOf(place, args), args, { jobKey: String(args.n), jobKeyMode: 'preserve_run_at' }),
    insertAllUnique: (list) => addJobs(list.map(unique)),
    work: async ({ limit, handle }) => {
      const task = (payload: unknown) => handle(payload as Args)
      runner = await run({
        preset: {
          worker: { ...settings, connectionString: place.url, concurrentJobs: limit, maxPoolSize: poolSize(limit) },
        },
        logger,
        noHandleSignals: true,
        parsedCronItems: [],
        taskList: Object.fromEntries(place.queues.map((queue) => [queue, task])),
      })
    },
    unfinished: async () => (await watcher.query(left)).rows[0].left,
    stop: async () => {
      await runner?.stop()
      await (await utils)?.release()
      await watcher.end()
    },
  }
}

/** One that listens is needed besides. */
function poolSize(limit: number): number {
  return Math.min(limit, 20) + 1
}
