import { inspect } from 'node:util'
import { worker } from '@staffa/core'
import { definePlugin } from '@staffa/core/plugin'
import { testStaffa } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { cron } from '../src/index.ts'
import { at, clockAt, databases, lead, leading, slotsOf } from './instances.ts'

const tidy = worker({ name: 'tidy' })
  .typed<{ room?: number }>()
  .process(async () => {})
const paint = worker({ name: 'paint', queue: 'walls' })
  .typed<{ colour: string }>()
  .process(async () => {})

/** Keeps args unreadable, as encryption does. */
const sealing = definePlugin<object>({
  plugin: 'sealing',
  insert: (job) => ({ ...job, args: { data: Buffer.from(JSON.stringify(job.args)).toString('base64') } }),
  protect: { seal: (text) => text, open: (sealed) => sealed },
})
const secret = worker({ name: 'secret' })
  .use(sealing)
  .process(async () => {})

describe.each(databases)('entries at run time on %s', (_, url) => {
  test('that the database refuses are told of without their args', async () => {
    const crons = cron([])
    await using staffa = await testStaffa({ services: [crons], database: url() })
    await staffa.query(`ALTER TABLE "${staffa.prefix}".oban_crons ADD CONSTRAINT polite CHECK (name <> 'paint')`)
    const refused = await crons
      .insert({ expression: '0 9 * * *', worker: paint, args: { colour: 'sesame' } })
      .catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: '23514', constraint: 'polite' })
    expect(inspect(refused, { depth: Infinity, showHidden: true })).not.toContain('sesame')
  })

  test('are inserted, listed, found, changed, paused, resumed and deleted', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([])
    await using _staffa = await testStaffa({ services: [crons], clock, database: url() })
    const inserted = await crons.insert({
      expression: '0 9 * * *',
      worker: paint,
      args: { colour: 'red' },
      tags: ['art'],
    })

    expect(inserted).toEqual({
      ...{ name: 'paint', expression: '0 9 * * *', worker: 'paint', args: { colour: 'red' } },
      ...{ timezone: 'Etc/UTC', dst: 'wall', guaranteed: false, paused: false, options: { tags: ['art'] } },
      ...{ through: at('2025-03-01 08:59:00'), nextAt: at('2025-03-01 09:00:00') },
      ...{ insertedAt: at('2025-03-01 08:59:30'), updatedAt: at('2025-03-01 08:59:30') },
    })
    expect(await crons.list()).toEqual([inserted])
    expect(await crons.get('paint')).toEqual(inserted)
    expect(await crons.get('tidy')).toBeUndefined()

    clock.advance({ seconds: 15 })
    const changes = { expression: '@hourly', timezone: 'Asia/Kathmandu', args: { colour: 'blue' }, maxAttempts: 3 }
    expect(await crons.update('paint', changes)).toEqual({
      ...inserted,
      ...{ expression: '@hourly', timezone: 'Asia/Kathmandu', args: { colour: 'blue' } },
      ...{ options: { tags: ['art'], maxAttempts: 3 }, nextAt: at('2025-03-01 09:15:00') },
      updatedAt: at('2025-03-01 08:59:45'),
    })
    expect(await crons.pause('paint')).toMatchObject({ paused: true, nextAt: undefined })
    expect(await crons.resume('paint')).toMatchObject({ paused: false, nextAt: at('2025-03-01 09:15:00') })
    expect(await crons.delete('paint')).toBe(true)
    expect(await crons.list()).toEqual([])
  })

  test('that are not there are not changed', async () => {
    const crons = cron([])
    await using _staffa = await testStaffa({ services: [crons], database: url() })

    expect(await crons.update('tidy', { paused: true })).toBeUndefined()
    expect(await crons.pause('tidy')).toBeUndefined()
    expect(await crons.resume('tidy')).toBeUndefined()
    expect(await crons.delete('tidy')).toBe(false)
  })

  test('are checked as those of the code are', async () => {
    const crons = cron([])
    await using _staffa = await testStaffa({ services: [crons], database: url() })
    await crons.insert({ expression: '@daily', worker: tidy })

    await expect(crons.insert({ expression: '61 * * * *', worker: tidy })).rejects.toThrow('cron entry "tidy"')
    await expect(crons.update('tidy', { timezone: 'Mars/Olympus' })).rejects.toThrow('the name of a time zone')
    await expect(crons.update('tidy', { priority: 99 })).rejects.toThrow('expected priority')
    await expect(crons.update('tidy', { name: 'x' } as never)).rejects.toThrow('unknown option "name"')
    expect(await crons.list()).toMatchObject([{ expression: '@daily', options: {} }])
  })

  test('are seen by every node, and followed from the next minute on', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const [here, there] = [cron([]), cron([])]
    await using one = await leading({ crons: here, clock, database: url(), workers: [tidy] })
    await using other = await testStaffa({ services: [there], clock, database: one.database, prefix: one.prefix })
    const minute = async (time: string) => {
      clock.set(at(`2025-03-01 ${time}`))
      await here.tick()
    }

    await there.insert({ expression: '* * * * *', worker: tidy, args: { room: 1 } })
    await minute('09:00:00')
    await minute('09:01:00')
    await there.pause('tidy')
    await minute('09:02:00')
    await there.resume('tidy')
    await minute('09:02:30')
    await minute('09:03:00')
    await there.update('tidy', { expression: '*/5 * * * *' })
    await minute('09:04:00')
    await minute('09:05:00')
    await there.delete('tidy')
    await minute('09:10:00')

    const times = ['09:00', '09:01', '09:03', '09:05']
    expect(await slotsOf(other, 'tidy')).toEqual(times.map((time) => `2025-03-01T${time}:00Z`))
  })

  test('forget what they missed while paused, or by other rules', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '*/10 * * * *', worker: tidy, guaranteed: true }])
    await using staffa = await leading({ crons, clock, database: url() })
    await crons.pause('tidy')
    clock.set(at('2025-03-01 09:15:00'))
    await crons.tick()
    await crons.resume('tidy')
    await crons.tick()
    expect(await slotsOf(staffa, 'tidy')).toEqual([])

    clock.set(at('2025-03-01 09:27:00'))
    await crons.update('tidy', { expression: '*/5 * * * *' })
    await crons.tick()
    expect(await slotsOf(staffa, 'tidy')).toEqual([])

    clock.set(at('2025-03-01 09:33:00'))
    await crons.update('tidy', { args: { room: 2 } })
    await crons.tick()
    expect(await slotsOf(staffa, 'tidy')).toEqual(['2025-03-01T09:30:00Z'])
  })

  test('of a slot that was just inserted do not have it again when they change', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '* * * * *', worker: tidy }])
    await using staffa = await leading({ crons, clock, database: url() })
    clock.set(at('2025-03-01 09:00:01'))
    await crons.tick()
    await crons.update('tidy', { expression: '*/5 * * * *' })
    await crons.tick()
    await crons.delete('tidy')
    await crons.insert({ expression: '*/10 * * * *', worker: tidy })
    await crons.tick()

    expect(await slotsOf(staffa, 'tidy')).toEqual(['2025-03-01T09:00:00Z'])
  })
})

describe.each(databases)('entries of the code on %s', (_, url) => {
  test('are stored by a start; what changed in the code wins over what was changed at run time', async () => {
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const first = cron([
      { expression: '@daily', worker: tidy },
      { expression: '@daily', worker: paint, args: { colour: 'red' } },
    ])
    await using _one = await testStaffa({ services: [first], database, prefix, start: true })
    await first.update('tidy', { expression: '@hourly' })
    await first.pause('tidy')
    await first.insert({ expression: '@weekly', worker: 'Elsewhere' })
    const second = cron([{ expression: '@daily', worker: tidy, guaranteed: true }])
    await using _two = await testStaffa({ services: [second], database, prefix, start: true })

    expect(await second.list()).toMatchObject([
      { name: 'Elsewhere', expression: '@weekly' },
      { name: 'paint' },
      { name: 'tidy', expression: '@daily', guaranteed: true, paused: true },
    ])
  })

  test('go when they leave the code, where that is asked for; those of the run time stay', async () => {
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const options = { database, prefix, start: true }
    const first = cron([
      { expression: '@daily', worker: tidy },
      { expression: '@daily', worker: paint, args: { colour: 'red' } },
    ])
    await using _one = await testStaffa({ services: [first], ...options })
    await first.insert({ expression: '@weekly', worker: 'Elsewhere' })
    const second = cron([{ expression: '@daily', worker: tidy }], { sync: 'automatic' })
    await using _two = await testStaffa({ services: [second], ...options })
    expect((await second.list()).map(({ name }) => name)).toEqual(['Elsewhere', 'tidy'])

    const third = cron([{ expression: '@daily', worker: tidy, delete: true }])
    await using _three = await testStaffa({ services: [third], ...options })
    expect((await third.list()).map(({ name }) => name)).toEqual(['Elsewhere'])
  })

  test('come with the options of their worker as it is now', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const inserts = cron([])
    await using _one = await testStaffa({ services: [inserts], clock, database, prefix })
    await inserts.insert({ expression: '* * * * *', worker: paint, args: { colour: 'red' } })
    const urgent = worker({ name: 'paint', queue: 'urgent' }).process(async () => {})
    const crons = cron([])
    await using _two = await leading({ crons, clock, database, prefix, workers: [urgent] })
    clock.set(at('2025-03-01 09:00:00'))
    await crons.tick()

    expect(await staffa.jobs.list()).toMatchObject([{ queue: 'urgent', args: { colour: 'red' } }])
  })
})

describe.each(databases)('args that a layer keeps unreadable, on %s', (_, url) => {
  test('are stored as the layer made them, and inserted by any leader', async () => {
    const clock = clockAt('2025-03-01 08:59:30')
    await using staffa = await testStaffa({ database: url() })
    const { database, prefix } = staffa
    const mine = cron([{ expression: '@hourly', worker: secret, args: { pin: 1234 }, priority: 7 }])
    const one = await testStaffa({ services: [mine], clock, database, prefix, start: true, leader: false })
    await mine.update('secret', { expression: '* * * * *' })
    await expect(mine.update('secret', { priority: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGS' })
    await one.stop()
    const theirs = cron([])
    await using other = await testStaffa({ services: [theirs], clock, database, prefix })
    await lead(other)
    clock.set(at('2025-03-01 09:00:00'))
    await theirs.tick()

    const data = Buffer.from('{"pin":1234}').toString('base64')
    expect(await theirs.list()).toMatchObject([{ args: { data }, options: {}, expression: '* * * * *' }])
    const meta = { cron_name: 'secret', cron_expr: '* * * * *', cron_at: '2025-03-01T09:00:00Z' }
    expect(await staffa.jobs.list()).toMatchObject([{ worker: 'secret', args: { data }, priority: 7, meta }])
    const [row] = await staffa.query<{ text: string }>(`SELECT opts::text AS text FROM "${prefix}".oban_crons`)
    expect(row?.text).not.toContain('pin')
  })
})
