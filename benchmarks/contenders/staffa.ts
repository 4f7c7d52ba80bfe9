import { type QueueSettings, Staffa, type StaffaOptions, worker } from '@staffa/core'
import pg from 'pg'
import { type Args, type Client, type Contender, type Place, queueOf, type WorkOptions } from './contender.ts'

const base = { kind: 'staffa', store: 'postgres', takesLimit: true } as const

export const staffa: Contender = {
  ...base,
  name: 'Staffa',
  settings: 'default settings',
  open: (place) => open(place, {}),
}

export const strictStaffa: Contender = {
  ...base,
  name: 'Staffa, no prefetch',
  settings: '`prefetch: 0`: nothing is fetched that cannot start now',
  open: (place) => open(place, { prefetch: 0 }),
}

function open(place: Place, settings: Partial<QueueSettings>): Client {
  let handle: WorkOptions['handle'] = () => {}
  const job = worker({ name: 'bench' })
    .typed<Args>()
    .process(({ args }) => handle(args))
  const create = (options: Partial<StaffaOptions>) => new Staffa({ database: place.url, workers: [job], ...options })
  const describe = (args: Args) => job.new(args, { queue: queueOf(place, args) })
  const watcher = new pg.Pool({ connectionString: place.url, max: 1 })
  let app = create({})

  return {
    prepare: () => app.migrate(),
    insert: (args) => app.insert(describe(args)),
    insertAll: (list) => app.insertAll(list.map(describe)),
    work: async (options) => {
      handle = options.handle
      await app.stop()
      const queues = place.queues.map((queue) => [queue, { ...settings, limit: options.limit }])
      app = create({ queues: Object.fromEntries(queues) })
      await app.start()
    },
    unfinished: () => countUnfinished(watcher),
    stop: async () => {
      await app.stop()
      await watcher.end()
    },
  }
}

/** How many jobs in Oban's table are not completed. */
export async function countUnfinished(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(`SELECT count(*)::int AS left FROM oban_jobs WHERE state <> 'completed'`)

  return rows[0].left
}
