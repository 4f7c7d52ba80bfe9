import { worker } from '@staffa/core'
import { definePlugin, StaffaError } from '@staffa/core/plugin'
import { testStaffa } from '@staffa/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { type CronEntry, cron } from './index.ts'

const digest = worker({ name: 'digest', queue: 'mail' })
  .typed<{ day: string }>()
  .process(async () => {})
const sweep = worker({ name: 'sweep' }).process(async () => {})

/** A layer that checks args when a job is inserted, as a schema does. */
const checks = definePlugin<object>({
  plugin: 'checks',
  insert: (job) => {
    if (typeof job.args.size === 'number') return job
    throw new StaffaError('INVALID_ARGS', 'expected size to be a number')
  },
})
const resize = worker({ name: 'resize' })
  .use(checks)
  .process(async () => {})

describe('entries are typed by their worker', () => {
  test('its args, and whether they may be left out', () => {
    cron([
      { expression: '@daily', worker: digest, args: { day: 'today' } },
      { expression: '@daily', worker: sweep },
      { expression: '@daily', worker: 'MyApp.Report', args: { any: 'thing' }, queue: 'reports' },
      // @ts-expect-error a day is text
      { expression: '@daily', worker: digest, args: { day: 1 }, name: 'second' },
      // @ts-expect-error a digest needs a day
      { expression: '@daily', worker: digest, name: 'third' },
    ])
    const list: readonly CronEntry[] = [{ expression: '@daily', worker: sweep }]
    cron(list)

    expectTypeOf<CronEntry<typeof digest>['args']>().toEqualTypeOf<{ day: string }>()
  })
})

describe('entries are checked when they are made', () => {
  test.each([
    [{ expression: '60 * * * *' }, 'INVALID_EXPRESSION', 'expected a minute from 0 to 59, got 60'],
    [{ expression: '0 0 * * mon' }, 'INVALID_EXPRESSION', 'did you mean "MON"?'],
    [{ timezone: 'Europe/Lodnon' }, 'INVALID_OPTION', 'got "Europe/Lodnon", did you mean "Europe/London"?'],
    [{ priority: 11 }, 'INVALID_OPTION', 'expected priority to be an integer from 0 to 9'],
    [{ guarantee: true }, 'UNKNOWN_OPTION', 'did you mean "guaranteed"?'],
    [{ guaranteed: 'yes' }, 'INVALID_OPTION', 'expected guaranteed to be true or false'],
    [{ dst: 'twice' }, 'INVALID_OPTION', 'expected dst to be "wall" or "once"'],
    [{ scheduledAt: new Date() }, 'UNKNOWN_OPTION', 'unknown option "scheduledAt"'],
    [{ args: { when: new Date() } }, 'INVALID_ARGS', 'args.when'],
  ])('%j is refused', (part, code, words) => {
    const error = thrown(() => cron([{ expression: '@daily', worker: sweep, ...part } as CronEntry]))

    expect(error).toMatchObject({ code, message: expect.stringContaining(words), data: { name: 'sweep' } })
    expect(error).toMatchObject({ message: expect.stringMatching(/^cron entry "sweep": /) })
  })

  test('two of one name are refused, and names make them two', () => {
    const twice = () =>
      cron([
        { expression: '@daily', worker: sweep },
        { expression: '@hourly', worker: sweep },
      ])

    expect(thrown(twice)).toMatchObject({ code: 'DUPLICATE_CRON', data: { name: 'sweep' } })
    cron([
      { expression: '@daily', worker: sweep },
      { expression: '@hourly', worker: sweep, name: 'sweep-often' },
    ])
  })

  test.each([
    [[{ expression: '@daily' }], 'the worker of a cron entry'],
    [[undefined], 'a cron entry to be an object'],
    [{}, 'the entries of cron() to be a list'],
    [[{ expression: '@daily', worker: sweep, name: '' }], 'text of 1 to 255 characters'],
  ])('%j is no list of entries', (entries, words) => {
    expect(() => cron(entries as never)).toThrow(words)
  })

  test.each([
    [{ timezone: 'Mars/Olympus' }, 'the name of a time zone'],
    [{ sync: 'sometimes' }, '"manual" or "automatic"'],
    [{ dialect: 'quartz' }, '"oban" or "extended"'],
    [{ zone: 'Etc/UTC' }, 'unknown option "zone"'],
  ])('%j are no options', (options, words) => {
    expect(() => cron([], options as never)).toThrow(words)
  })

  test('the extended dialect is for those who ask', () => {
    const entries = [{ expression: '0 0 * * 7', worker: sweep }] as const

    expect(() => cron(entries)).toThrow('Sunday is 0, and 7 only in the dialect "extended"')
    cron(entries, { dialect: 'extended' })
  })
})

describe('a start', () => {
  test('asks the layers of every worker whether they would take the args', async () => {
    const crons = cron([{ expression: '@daily', worker: resize, args: { size: 'large' }, name: 'big' }])
    await using staffa = await testStaffa({ services: [crons] })

    await expect(staffa.start()).rejects.toMatchObject({
      code: 'INVALID_ARGS',
      message: 'cron entry "big": expected size to be a number',
    })
    expect(await crons.list()).toEqual([])
  })

  test('says that the tables are missing', async () => {
    const prefix = `none_${Date.now()}`
    const crons = cron([{ expression: '@daily', worker: sweep }])
    await using staffa = await testStaffa({ services: [crons], prefix })
    await staffa.query(`DROP TABLE "${prefix}".oban_crons`)

    await expect(crons.list()).rejects.toThrow('oban_crons')
    await staffa.query(`DROP SCHEMA "${prefix}" CASCADE`)
  })
})

test('a service without an instance, or with a second one, says so', async () => {
  const crons = cron([])
  await expect(crons.list()).rejects.toMatchObject({ code: 'NOT_ATTACHED' })
  await using staffa = await testStaffa({ services: [crons] })

  expect(await crons.list()).toEqual([])
  await expect(testStaffa({ services: [crons], database: staffa.database })).rejects.toMatchObject({
    code: 'ALREADY_ATTACHED',
  })
})

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
