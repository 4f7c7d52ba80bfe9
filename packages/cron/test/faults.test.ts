import { onTelemetry, worker } from '@staffa/core'
import { decodeNotice } from '@staffa/core/internal'
import { definePlugin, StaffaError } from '@staffa/core/plugin'
import { testStaffa } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CodeEntry, cron, parseExpression } from '../src/index.ts'
import { at, clockAt, databases, lead, leading, slotsOf } from './instances.ts'

const tidy = worker({ name: 'tidy' })
  .typed<{ room?: number }>()
  .process(async () => {})

/** What failed in the background, as `where: message`. */
function failures(): readonly string[] {
  const heard: string[] = []
  onTestFinished(
    onTelemetry('failure', ({ where, error }) => {
      heard.push(`${where}: ${error instanceof Error ? error.message : error}`)
    }),
  )

  return heard
}

describe.each(databases)('a reboot on %s', (_, url) => {
  test('is once for each node, when it leads for the first time', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const entries = [{ expression: '@reboot', worker: tidy }] as const
    const life = async (times: readonly string[]) => {
      const crons = cron(entries)
      const one = await testStaffa({ services: [crons], clock, database, prefix })
      await lead(one)
      for (const time of times) {
        clock.set(at(`2025-03-01 ${time}`))
        await crons.tick()
      }
      await one.stop()
    }

    await life(['08:59:40', '09:00:00', '09:00:20', '09:01:00', '10:00:00'])
    await life(['10:00:30', '10:01:00', '10:02:00'])
    await life(['10:05:00', '10:06:00'])

    expect(await slotsOf(staffa, 'tidy')).toEqual([
      '2025-03-01T09:00:00Z',
      '2025-03-01T10:00:00Z',
      '2025-03-01T10:05:00Z',
    ])
  })
})

describe.each(databases)('what goes wrong with one entry on %s', (_, url) => {
  test('does not hold up the others, and is tried again while its slot counts', async () => {
    const heard = failures()
    const clock = clockAt('2025-03-01 08:59:30')
    let broken = false
    const breaks = definePlugin<object>({
      plugin: 'breaks',
      insert: (job) => {
        if (broken) throw new StaffaError('INVALID_ARGS', 'expected better args')
        return job
      },
    })
    const fragile = worker({ name: 'fragile' })
      .use(breaks)
      .process(async () => {})
    const crons = cron([
      { expression: '0 9 * * *', worker: fragile, guaranteed: true },
      { expression: '0 9 * * *', worker: tidy },
    ])
    await using staffa = await leading({ crons, clock, database: url() })
    broken = true
    clock.set(at('2025-03-01 09:00:00'))
    await crons.tick()
    expect(await slotsOf(staffa, 'tidy')).toHaveLength(1)
    expect([...new Set(heard)]).toEqual(['cron fragile: expected better args'])
    broken = false
    clock.set(at('2025-03-01 09:07:00'))
    await crons.tick()

    expect(await slotsOf(staffa, 'fragile')).toEqual(['2025-03-01T09:00:00Z'])
    expect(await slotsOf(staffa, 'tidy')).toHaveLength(1)
  })

  test('also when the database refuses its job', async () => {
    const heard = failures()
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([
      { expression: '0 9 * * *', worker: tidy, name: 'a' },
      { expression: '0 9 * * *', worker: tidy, name: 'b', queue: 'forbidden' },
      { expression: '0 9 * * *', worker: tidy, name: 'c' },
    ])
    await using staffa = await leading({ crons, clock, database: url() })
    await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_jobs ADD CHECK (queue <> 'forbidden')`)
    clock.set(at('2025-03-01 09:00:00'))
    await crons.tick()

    expect(await slotsOf(staffa, 'a')).toHaveLength(1)
    expect(await slotsOf(staffa, 'b')).toHaveLength(0)
    expect(await slotsOf(staffa, 'c')).toHaveLength(1)
    expect([...new Set(heard)]).toEqual([expect.stringMatching(/^cron b: .*check constraint/)])
  })

  test('such as a worker that the leader does not know: one that does inserts it late, where that is guaranteed', async () => {
    const heard = failures()
    const clock = clockAt('2025-03-01 08:59:30')
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const knowing = cron([{ expression: '0 9 * * *', worker: tidy, guaranteed: true }])
    const one = await testStaffa({ services: [knowing], clock, database, prefix, leader: false, start: true })
    await one.stop()
    const ignorant = cron([{ expression: '0 9 * * *', worker: 'MyApp.Report' }])
    const two = await leading({ crons: ignorant, clock, database, prefix })
    clock.set(at('2025-03-01 09:00:00'))
    await ignorant.tick()
    await expect(ignorant.update('tidy', { priority: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' })
    await two.stop()
    expect([...new Set(heard)]).toEqual([
      'cron tidy: expected the worker tidy of the cron entry "tidy" to be known to this node',
    ])
    expect(await slotsOf(staffa, 'MyApp.Report')).toHaveLength(1)

    clock.set(at('2025-03-01 09:30:00'))
    const later = cron([])
    await using _three = await leading({ crons: later, clock, database, prefix, workers: [tidy] })
    await later.tick()
    expect(await slotsOf(staffa, 'tidy')).toEqual(['2025-03-01T09:00:00Z'])
  })

  test('such as a row that a stranger has written', async () => {
    const heard = failures()
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '0 9 * * *', worker: tidy }])
    await using staffa = await leading({ crons, clock, database: url() })
    const table = `"${staffa.prefix}".oban_crons`
    await staffa.query(`INSERT INTO ${table} (name, expression, worker) VALUES ('theirs', '* * * * *', 'Theirs')`)
    await staffa.query(`INSERT INTO ${table} SELECT 'odd', 'every day', worker, opts FROM ${table} WHERE name = 'tidy'`)
    await staffa.query(`UPDATE ${table} SET last_slot = '2025-03-01' WHERE name = 'odd'`)
    clock.set(at('2025-03-01 09:00:00'))
    await crons.tick()

    expect((await staffa.jobs.list()).map((job) => job.meta.cron_name)).toEqual(['tidy'])
    expect(await crons.list()).toMatchObject([{ name: 'odd', nextAt: undefined }, { name: 'tidy' }])
    expect([...new Set(heard)]).toEqual([expect.stringContaining('cron odd: in the cron expression "every day"')])
  })
})

describe.each(databases)('the notice for Oban Web on %s', (_, url) => {
  test('tells of every entry, in notices that PostgreSQL can carry and expressions that Oban can read', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const many = Array.from({ length: 400 }, (_, index) => ({
      ...{ expression: '0 0 * * fri-sun', worker: 'MyApp.Report', name: `report-${index}`, queue: 'reports' },
      args: { index, text: Math.random().toString(36) },
    }))
    const entries: readonly CodeEntry[] = [
      { expression: '@daily', worker: tidy, timezone: 'Europe/London', args: { room: 1 }, paused: true },
      ...many,
      { expression: '@daily', worker: 'Huge', args: { text: randomText(20_000) } },
    ]
    const crons = cron(entries, { dialect: 'extended' })
    await using staffa = await testStaffa({ services: [crons], clock, database: url() })
    const texts: string[] = []
    const channel = `${staffa.prefix}.oban_cronitor`
    const complete = Promise.withResolvers<void>()
    const listener = await staffa.database.listen?.({
      channels: [channel],
      onNotice: (_, text) => {
        texts.push(text)
        if (heardOf(texts).length === entries.length) complete.resolve()
      },
      onLost: complete.reject,
    })
    await lead(staffa)
    await crons.tick()
    await complete.promise
    await listener?.close()
    const notices = texts.map((text) => decodeNotice(text)) as readonly { name: string; node: string }[]

    expect(notices.length).toBeGreaterThan(1)
    expect(new Set(notices.map(({ node }) => node)).size).toBe(notices.length)
    expect(notices[0]).toMatchObject({ name: 'Oban', node: staffa.node })
    const listed = heardOf(texts)
    for (const [expression] of listed) parseExpression(expression)
    const options = { name: 'tidy', timezone: 'Europe/London', args: { room: 1 }, guaranteed: false, paused: true }
    expect(listed.find(([, worker]) => worker === 'tidy')).toEqual(['@daily', 'tidy', options])
    expect(listed.find(([, worker]) => worker === 'Huge')).toEqual([
      '@daily',
      'Huge',
      { name: 'Huge', timezone: 'Etc/UTC' },
    ])
    expect(new Set(listed.map(([, , { name }]) => name)).size).toBe(entries.length)
  })
})

type Listed = [string, string, { readonly name: string }]

function heardOf(texts: readonly string[]): readonly Listed[] {
  return texts.flatMap((text) => (decodeNotice(text) as { readonly crontab: readonly Listed[] }).crontab)
}

function randomText(length: number): string {
  return Array.from({ length }, () => Math.random().toString(36).at(-1)).join('')
}
