import { inspect } from 'node:util'
import type { TestStaffa } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jsonLogger, logTelemetry, newJob, onTelemetry, type TelemetryName, worker } from '../../src/index.ts'
import { databases, instance } from '../behaviour/kit.ts'

const marker = 'sesame-5e5a3e'
const args = { token: marker, list: [{ token: marker }] }
const options = { maxAttempts: 1, queue: 'q' }
const fails = worker({ name: 'fails', ...options }).process(() => {
  throw new Error('no')
})
const times = worker({ name: 'times', ...options, timeout: { milliseconds: 5 } }).process(() => new Promise(() => {}))
const cancels = worker({ name: 'cancels', ...options }).process(
  ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    }),
)
const late = worker({ name: 'late', ...options, deadline: 1 }).process(() => {})
const odd = worker({ name: 'odd', ...options })
  .use({ plugin: 'forgets', execute: (async () => undefined) as never })
  .process(() => {})
const twice = worker({ name: 'twice', ...options })
  .use({ plugin: 'twice', execute: (_context, next) => next().then(() => next()) })
  .process(() => {})
const unsettled = worker({ name: 'unsettled', ...options })
  .use({
    plugin: 'unsettled',
    settle: async () => {
      throw new Error('not settled')
    },
  })
  .process(() => {})
const huge = worker({ name: 'huge', ...options })
  .use({ plugin: 'meta', execute: async (_context, next) => ({ ...(await next()), meta: { n: 1n } as never }) })
  .process(() => {})
const workers = [fails, times, cancels, late, odd, twice, unsettled, huge]

/** What the events carry on purpose: the job itself, for those who listen in the program. */
const withoutJobs = (event: object) => ({ ...event, job: undefined, result: undefined })

const everything: readonly TelemetryName[] = [
  ...(['job.start', 'job.stop', 'job.exception', 'job.late', 'job.abandoned', 'engine.exception', 'failure'] as const),
  ...(['service.exception', 'notifier.garbage', 'notifier.notify', 'queue.shutdown'] as const),
]

/** Writes down all lines, events without their jobs, and whatever is handed over: to the last property. */
function witness() {
  const heard: string[] = []
  const hear = (what: unknown) =>
    void heard.push(inspect(what, { depth: Infinity, showHidden: true, maxStringLength: null }))
  const logger = jsonLogger({ level: 'debug', write: hear })
  onTestFinished(logTelemetry(logger))
  for (const name of everything) onTestFinished(onTelemetry(name, (event) => hear(withoutJobs(event))))
  const onStray = (reason: unknown) => hear(['unhandled', reason])
  process.on('unhandledRejection', onStray)
  onTestFinished(() => void process.off('unhandledRejection', onStray))

  return { heard, hear, logger }
}

describe.each(databases)(
  'args are in no line, no error and no event but in the jobs themselves, on %s',
  (_, database) => {
    test('whichever way a job fails', { timeout: 60_000 }, async () => {
      const { heard, logger } = witness()
      const staffa = await instance({ database: database(), workers, queues: { q: 20 }, logger, leader: {} })
      const jobs = await staffa.insertAll([...workers.map((by) => by.new(args)), newJob('unknown', args, options)])
      await staffa.query(
        `UPDATE ${tableOf(staffa)} SET scheduled_at = '2020-01-01', meta = meta || '{"deadline": 5}' WHERE worker = 'late'`,
      )
      const list = await staffa.insert(newJob('fails', args, options))
      await staffa.query(`UPDATE ${tableOf(staffa)} SET args = jsonb_build_array(args) WHERE id = $1`, [list.id])
      await staffa.start()
      const running = jobs.find(({ worker }) => worker === 'cancels')?.id ?? 0
      await expect.poll(async () => (await staffa.jobs.get(running))?.state).toBe('executing')
      await staffa.jobs.cancel(running)
      await expect.poll(() => staffa.jobs.count({ state: ['available', 'executing'] })).toBe(0)
      const ended = await staffa.jobs.list()
      await staffa.stop()

      expect(ended.filter(({ errors }) => errors.length > 0).length).toBeGreaterThanOrEqual(jobs.length - 2)
      expect(
        inspect(
          ended.map(({ errors }) => errors),
          { depth: null },
        ),
      ).not.toContain(marker)
      expect(heard.length).toBeGreaterThan(30)
      expect(heard.filter((line) => line.includes(marker))).toEqual([])
    })

    test('whatever the database refuses', async () => {
      const { heard, hear, logger } = witness()
      const staffa = await instance({ database: database(), workers, logger })
      const table = tableOf(staffa)
      await staffa.query(`ALTER TABLE ${table} ADD CONSTRAINT own CHECK (NOT args ? 'token')`)
      await staffa.insert(fails.new(args)).catch(hear)
      await staffa.insertAll([fails.new(args), fails.new({})]).catch(hear)
      const { id } = await staffa.insert(fails.new({}))
      await staffa.jobs.update(id, { args }).catch(hear)
      await staffa.query(`CREATE UNIQUE INDEX own ON ${table} ((args ->> 'name'))`)
      await staffa.insertAll([marker, marker].map((name) => fails.new({ name }))).catch(hear)
      await staffa.query(`ALTER TABLE ${table} ADD CONSTRAINT other CHECK (((args ->> 'count')::int) > 0)`)
      await staffa.insert(fails.new({ count: marker })).catch(hear)

      expect(heard.length).toBeGreaterThan(4)
      expect(heard.filter((line) => line.includes(marker))).toEqual([])
    })

    test('whatever callers give in the wrong place', async () => {
      const { heard, hear, logger } = witness()
      const staffa = await instance({ database: database(), workers, logger })
      const job = fails.new(args)
      const calls: readonly (() => unknown)[] = [
        () => fails.new({ ...args, big: 1n } as never),
        () => fails.new(marker as never),
        () => fails.new({}, args as never),
        () => staffa.insert(args as never),
        () => staffa.insert(job, args as never),
        () => staffa.insert({ ...job, args: [marker] } as never),
        () => staffa.insert({ ...job, priority: 99 }),
        () => staffa.insertAll({ args } as never),
        () => staffa.insertAll([job, marker as never]),
        () => staffa.jobs.get(job as never),
        () => staffa.jobs.list({ args: [marker] as never }),
        () => staffa.jobs.list({ args: marker as never }),
        () => staffa.jobs.update(1, { args: marker as never }),
        () => staffa.jobs.cancel(job as never),
        () => staffa.drain(job as never),
      ]
      for (const call of calls) await Promise.resolve().then(call).catch(hear)

      expect(heard).toHaveLength(calls.length)
      expect(heard.filter((line) => line.includes(marker))).toEqual([])
    })
  },
)

function tableOf({ prefix }: TestStaffa): string {
  return `"${prefix}".oban_jobs`
}
