import { type AnyPlugin, complete, type JobContext, type Next } from '@staffa/core/plugin'
import { describe, expect, test } from 'vitest'
import { type PluginSubject, pluginConformance } from './plugin.ts'

const sound: AnyPlugin = {
  plugin: 'sound',
  insert: (job) => ({ ...job, args: { wrapped: job.args }, meta: { ...job.meta, wrapped: true } }),
  execute: async ({ args }: JobContext<{ readonly wrapped: object }>, next: Next) => {
    const outcome = await next({ args: args.wrapped, more: 1 })

    return { ...outcome, meta: { ...outcome.meta, seen: true } }
  },
  settle: async () => {},
  protect: { seal: (text) => `<${text}>`, open: (text) => text.slice(1, -1) },
  migrations: [{ name: 'one', up: () => ['CREATE'], down: () => ['DROP'] }],
}

pluginConformance(test, { plugin: () => sound })
pluginConformance(test, { plugin: () => ({ plugin: 'a plugin without parts' }) })
pluginConformance(test, {
  plugin: () => ({ plugin: 'parsing', execute: (_: object, next: Next) => next({ args: new Map([['id', 1]]) }) }),
  args: { id: 1 },
  parsed: new Map([['id', 1]]),
})

/** The names of the tests that fail, without that of the plugin. */
async function failures(plugin: AnyPlugin, more: Partial<PluginSubject> = {}): Promise<readonly string[]> {
  const tests: [string, () => Promise<void>][] = []
  pluginConformance((...registered) => tests.push(registered), { plugin: () => plugin, ...more })
  const failed: string[] = []
  for (const [name, run] of tests) await run().catch(() => failed.push(name.slice(plugin.plugin.length + 1)))

  return failed
}

const { plugin } = sound

describe('a plugin is told what is wrong with it', () => {
  test.each<[string, AnyPlugin]>([
    ['is a value with a name, made of parts that core knows', { plugin, excute: () => {} } as never],
    ['is a value with a name, made of parts that core knows', { plugin, settle: {} } as never],
    ['stores what survives JSON', { plugin, insert: (job) => ({ ...job, args: { at: new Date() as never } }) }],
    ['stores what survives JSON', { plugin, insert: (job) => Object.assign(job, { queue: 'mine' }) }],
    ['leaves the meta of other plugins alone', { plugin, insert: (job) => ({ ...job, meta: { mine: true } }) }],
    [
      'hands inwards what was handed to it, and nothing else outwards',
      { plugin, insert: (job) => ({ ...job, args: { wrapped: job.args } }) },
    ],
    [
      'hands inwards what was handed to it, and nothing else outwards',
      { plugin, execute: ({ args }: JobContext, next: Next) => next({ args: [args] }) },
    ],
    ['keeps what outer layers added to the context', { plugin, execute: (_, next) => next({ outside: undefined }) }],
    ['keeps what outer layers added to the context', { plugin, execute: (_, next) => next({ signal: undefined }) }],
    ['settles jobs that it knows nothing of', { plugin, settle: async (_, on) => void (await on.query('INSERT')) }],
    [
      'settles jobs that it knows nothing of',
      { plugin, settle: async (jobs) => void jobs.map(({ job }) => (job.meta.batch as never as string).length) },
    ],
    ['opens what it has sealed', { plugin, protect: { seal: (text) => text.trim(), open: (text) => text } }],
    [
      'names its migrations apart',
      { plugin, migrations: [1, 2].map(() => ({ name: 'same', up: () => [], down: () => [] })) },
    ],
  ])('it %s', async (name, broken) => {
    expect(await failures(broken)).toContain(name)
  })

  test('it leaves outcomes alone', async () => {
    const swallowing: AnyPlugin = {
      plugin,
      execute: async (_, next) => {
        const outcome = await next()

        return complete(outcome.kind)
      },
    }

    expect(await failures(swallowing)).toEqual([
      'leaves an outcome alone that is completed',
      'leaves an outcome alone that is snoozed',
      'leaves an outcome alone that is cancelled',
      'leaves an outcome alone that is discarded',
      'leaves an outcome alone that is failed',
      'keeps jobs apart that run at the same time',
    ])
  })

  test('it keeps the meta of an outcome', async () => {
    const forgetting: AnyPlugin = { plugin, execute: async (_, next) => ({ ...(await next()), meta: { mine: true } }) }

    expect(await failures(forgetting)).toHaveLength(5)
  })

  test('it passes errors on', async () => {
    const swallowing: AnyPlugin = { plugin, execute: (_, next) => next().catch(() => complete()) }

    expect(await failures(swallowing)).toEqual(['passes on what is thrown inside'])
  })

  test('it calls next() once', async () => {
    const insisting: AnyPlugin = { plugin, execute: (_, next) => next().finally(() => next().catch(() => {})) }

    expect(await failures(insisting)).toEqual(['calls next() at most once'])
  })

  test('it keeps jobs apart', async () => {
    let last: JobContext['job'] | undefined
    const mixing: AnyPlugin = {
      plugin,
      execute: async ({ job }: JobContext, next: Next) => {
        last = job
        const outcome = await next()

        return outcome.kind === 'completed' && typeof outcome.value === 'number' ? complete(last?.id) : outcome
      },
    }

    expect(await failures(mixing)).toContain('keeps jobs apart that run at the same time')
  })
})
