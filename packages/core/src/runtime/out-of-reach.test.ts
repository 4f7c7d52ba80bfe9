import { setTimeout as sleep } from 'node:timers/promises'
import { settled, untilEvent } from '@staffa/testing'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { gate, instance, noop, sibling, still } from '../../test/behaviour/kit.ts'
import { faulty, isVerb, verbOf } from '../../test/faults.ts'
import { aLine } from '../../test/silent-line.ts'
import { newJob, postgres, worker } from '../index.ts'

const ms = (milliseconds: number) => ({ milliseconds })
const gone = '0a1b2c3d-0000-8000-8000-000000000001'

test('a sign of life that does not get through is repeated soon, not after a third of a lease', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  let cuts = 2
  const database = faulty(staffa.database, (statement) =>
    isVerb(statement, 'beat') && cuts-- > 0 ? 'before' : undefined,
  )
  const options = { ...still, rescuer: { lease: { minutes: 10 } }, workers: [noop], queues: { default: 1 } }
  const began = performance.now()
  await sibling(staffa, { ...options, database, start: true })
  const heard = () => staffa.query(`SELECT queue FROM "${staffa.prefix}".oban_producers`)
  await vi.waitFor(async () => expect(await heard()).toHaveLength(1), { timeout: 20_000 })

  expect(cuts).toBeLessThan(0)
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('a leader that was cut off itself gives the others a lease to be heard of before it takes their jobs', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  let away = false
  const database = faulty(staffa.database, (statement) => (away && isVerb(statement, 'elect') ? 'before' : undefined))
  const lease = 900
  const options = { node: 'back', leader: { lease: ms(lease) }, rescuer: { lease: ms(lease), interval: ms(25) } }
  const leads = untilEvent('leader.election', ({ node, leader }) => node === 'back' && leader)
  await sibling(staffa, { ...options, stager: false, pruner: false, database, start: true })
  await leads

  away = true
  await untilEvent('failure', ({ node, where }) => node === 'back' && where === 'leader')
  const { id } = await staffa.insert(newJob('noop', {}, { queue: 'elsewhere' }))
  await staffa.query(
    `UPDATE "${staffa.prefix}".oban_jobs SET state = 'executing', attempt = 1, attempted_by = ARRAY['gone', $2] WHERE id = $1`,
    [id, gone],
  )
  await staffa.query(
    `INSERT INTO "${staffa.prefix}".oban_producers (uuid, name, node, queue, meta, updated_at)
     VALUES ($1, 'Oban', 'gone', 'elsewhere', '{"staffa": true}', timezone('UTC', now()) - interval '1 hour')`,
    [gone],
  )
  away = false
  const returned = performance.now()
  await settled(staffa, id, { states: ['available'] })

  expect(performance.now() - returned).toBeGreaterThan(lease * 0.95)
})

test('a node whose connections have fallen silent is heard of within its lease, though other statements may take longer', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  const { url, forget } = await aLine()
  const database = postgres(url)
  onTestFinished(() => database.close())
  const lease = 6_000
  const options = { ...still, rescuer: { lease: ms(lease) }, workers: [noop], queues: { default: 1 }, start: true }
  await sibling(staffa, { ...options, database, node: 'behind' })
  const beats = () => untilEvent('service.stop', ({ node, service }) => node === 'behind' && service === 'beater')
  await beats()
  const heard = performance.now()
  forget()
  await beats()

  expect(performance.now() - heard).toBeLessThan(lease)
})

test('a node all of whose connections are in use is heard of', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  const database = postgres(inject('databaseUrl'), { connections: 2, listen: false })
  onTestFinished(() => database.close())
  const options = { ...still, rescuer: { lease: ms(900) }, workers: [noop], queues: { default: 1 }, start: true }
  await sibling(staffa, { ...options, database, node: 'busy' })
  const heard = async () => {
    const [row] = await staffa.query(`SELECT updated_at FROM "${staffa.prefix}".oban_producers WHERE node = 'busy'`)
    return row
  }
  await vi.waitFor(async () => expect(await heard()).toBeDefined())
  const over = Promise.withResolvers<void>()
  onTestFinished(() => over.resolve())
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const held = begun.map(({ resolve }) =>
    database.transaction(async () => {
      resolve()
      await over.promise
    }),
  )
  await Promise.all(begun.map(({ promise }) => promise))
  const before = await heard()
  await vi.waitFor(async () => expect(await heard()).not.toEqual(before), { timeout: 8_000 })
  over.resolve()
  await Promise.all(held)
})

test('where the database is slow, the jobs of all queues are looked after in turns, and signs of life come first', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  const lease = 600
  const said: string[] = []
  const lookedAfter = new Set<unknown>()
  const all = Promise.withResolvers<void>()
  const query: typeof staffa.database.query = async (statement, values) => {
    const verb = verbOf(statement)
    if (verb === 'beat' || verb === 'strays') said.push(verb)
    if (verb === 'strays') {
      lookedAfter.add(values[0])
      await sleep(lease / 3)
    }
    if (lookedAfter.size === 3) all.resolve()

    return staffa.database.query(statement, values)
  }
  const { pass } = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => pass(job))
  const options = { ...still, rescuer: { lease: ms(lease) }, workers: [waits], queues: { a: 1, b: 1, c: 1 } }
  await sibling(staffa, { ...options, database: { ...staffa.database, query }, start: true })
  await staffa.insertAll(['a', 'b', 'c'].map((queue) => newJob('waits', {}, { queue })))
  await all.promise

  expect(said.join(' ')).not.toContain('strays strays')
})
