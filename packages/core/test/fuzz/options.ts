import { jsonLogger, type NewJob, worker } from '../../src/index.ts'
import { nearly } from './junk.ts'

const layer = {
  plugin: 'layer',
  insert: (job: NewJob) => job,
  execute: undefined,
  settle: async () => {},
  protect: { seal: String, open: String },
  migrations: [{ name: 'one', up: () => [], down: () => [] }],
}
const service = { ...layer, attach: () => {}, start: () => {}, stop: async () => {} }
export const noop = worker({ name: 'noop' }).process(() => {})
const foreign = { ...noop, name: 'foreign' }
const seconds = [1, 30, { minutes: 1 }, { hours: 1, seconds: 0 }]
const instants = [new Date(0), new Date('2030-01-01')]

const ofJobs = {
  queue: ['default', 'mail'],
  priority: [0, 9],
  maxAttempts: [1, 20],
  tags: [['a', 'b'], []],
  meta: [{ a: 1 }, { b: [{ c: null }] }],
  unique: [true, false, { period: 60 }, { fields: ['args'], keys: ['id'], states: ['available'] }],
  replace: [['args'], { scheduled: ['priority'] }],
  timeout: seconds,
  deadline: seconds,
}

/** Options of `new()`. */
export const callOptions = nearly({ ...ofJobs, scheduleIn: seconds, scheduledAt: instants })

/** Options of `worker()`. */
export const workerOptions = nearly({
  ...ofJobs,
  name: ['w', 'MyApp.Worker'],
  timeout: [...seconds, () => 1],
  backoff: [() => 1],
  aliases: [['v', 'u'], []],
})

/** Options of `new Staffa()`. */
export const staffaOptions = nearly({
  database: ['postgres://localhost:1/none'],
  name: ['Oban', 'Mine'],
  node: ['node-1'],
  prefix: ['public', 'jobs'],
  queues: [{ default: 10 }, { mail: { limit: 5, paused: true, ack: 'sync', prefetch: 0, refreshInterval: 60 } }],
  workers: [[noop], [foreign], []],
  use: [[layer], [{ plugin: 'empty' }], []],
  services: [[service], []],
  stager: [false, { interval: 1, limit: 10 }],
  leader: [false, { lease: 30 }],
  rescuer: [false, { interval: 5, lease: 30, age: 'infinity', limit: 10 }],
  pruner: [false, { interval: 5, age: 60, limit: 10, rules: [{ states: ['completed'], queues: ['a'], length: 5 }] }],
  reindexer: [false, { interval: 60, indexes: ['oban_jobs_staffa_fetch'] }],
  testing: ['manual', 'inline'],
  notifier: ['listen', 'poll'],
  shutdownGracePeriod: seconds,
  dispatchCooldown: seconds,
  logger: [jsonLogger()],
  clock: [{ now: () => new Date(0) }],
})

/** Filters of `jobs.list()` and the other verbs that choose jobs. */
export const filters = nearly({
  id: [1, [1, 2]],
  state: ['available', ['completed', 'cancelled']],
  queue: ['default', ['a', 'b']],
  worker: ['noop', ['a', 'b']],
  priority: [0, [1, 2]],
  tags: [['a'], ['a', 'b']],
  args: [{ a: 1 }, { b: [{ c: null }] }],
  meta: [{ a: 1 }, {}],
})

/** Changes of `jobs.update()`. */
export const changes = nearly({
  args: [{ a: 1 }, {}],
  meta: [{ a: 1 }, {}],
  tags: [['a', 'b'], []],
  queue: ['default'],
  worker: ['noop'],
  priority: [0, 9],
  maxAttempts: [1, 20],
  scheduledAt: instants,
})

/** Settings of `drain()`. */
export const drainSettings = nearly({
  queue: ['default'],
  limit: [1, 10],
  recursion: [true, false],
  scheduled: [true, false, new Date(0)],
  safety: [true, false],
  concurrency: [1, 5],
  signal: [AbortSignal.abort()],
})

/** Settings of `queues.start()`, and where it holds. */
export const queueSettings = nearly({
  limit: [1, 10],
  paused: [true],
  ack: ['sync'],
  prefetch: [0],
  refreshInterval: seconds,
})
export const wheres = nearly({ local: [true, false], node: ['node-1'] })

/** Jobs as nobody should write them: by hand. */
export const newJobs = nearly({
  worker: ['noop'],
  queue: ['default'],
  args: [{ a: 1 }],
  meta: [{}],
  tags: [['a']],
  priority: [0],
  maxAttempts: [20],
  state: ['available', 'suspended', undefined],
  scheduledAt: [...instants, undefined],
  delay: [0, 1000, undefined],
  deadline: [1000, undefined],
  unique: [undefined, { period: 60, fields: ['args'], keys: [], states: ['available'], timestamp: 'insertedAt' }],
  replace: [undefined, { scheduled: ['args'] }],
  fingerprint: [undefined, 'f'.repeat(32), 'keyed'],
})
