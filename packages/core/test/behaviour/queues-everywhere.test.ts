import { type TestOptions, type TestStaffa, untilEvent } from '@staffa/testing'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { postgres, worker } from '../../src/index.ts'
import type { Database, ListenOptions } from '../../src/internal.ts'
import { allHeard, events, gate, instance, noop, sibling, still, timed } from './kit.ts'

const soon = { timeout: 20_000, interval: 10 }
const withinASecond = { timeout: 1_000, interval: 10 }

/** Two nodes of one cluster. */
async function pair(options: TestOptions = {}): Promise<readonly [one: TestStaffa, other: TestStaffa]> {
  const both = { workers: [noop], queues: { alpha: 5, beta: 5 }, start: true, ...options }
  const one = await instance({ ...both, node: 'one' })

  return [one, await sibling(one, { ...both, node: 'other' })]
}

const pausedOf = (staffa: TestStaffa) => staffa.queues.checkAll().map(({ paused }) => paused)
const limitsOf = (staffa: TestStaffa) => staffa.queues.checkAll().map(({ queue, limit }) => [queue, limit])
const queuesOf = (staffa: TestStaffa) => staffa.queues.checkAll().map(({ queue }) => queue)

test('pausing and resuming reach every node within a second', timed, async () => {
  const [one, other] = await pair()

  await one.queues.pause('alpha')
  expect(pausedOf(one)).toEqual([true, false])
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([true, false]), withinASecond)

  await other.queues.resume('alpha')
  expect(pausedOf(other)).toEqual([false, false])
  await vi.waitFor(() => expect(pausedOf(one)).toEqual([false, false]), withinASecond)
})

test('all queues can be paused and resumed at once', async () => {
  const [one, other] = await pair()

  await one.queues.pauseAll()
  expect(pausedOf(one)).toEqual([true, true])
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([true, true]), soon)
  await one.queues.resumeAll({ node: 'other' })
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([false, false]), soon)
  expect(pausedOf(one)).toEqual([true, true])
  await one.queues.resumeAll({ local: true })
  expect(pausedOf(one)).toEqual([false, false])
})

test('scaling and starting reach every node, and stopping too', async () => {
  const [one, other] = await pair()

  await one.queues.scale('alpha', 7)
  await one.queues.start('gamma', { limit: 3, paused: true })
  const expected = [
    ['alpha', 7],
    ['beta', 5],
    ['gamma', 3],
  ]
  expect(limitsOf(one)).toEqual(expected)
  await vi.waitFor(() => expect(limitsOf(other)).toEqual(expected), soon)
  expect(other.queues.check('gamma')).toMatchObject({ paused: true, name: 'Oban', node: 'other', running: [] })

  await one.queues.stop('alpha')
  expect(queuesOf(one)).toEqual(['beta', 'gamma'])
  await vi.waitFor(() => expect(queuesOf(other)).toEqual(['beta', 'gamma']), soon)
})

test('one node can be meant, also from a program that works no queues', async () => {
  const [one, other] = await pair()
  const program = await sibling(one, { ...still, node: 'program' })
  await program.queues.scale('alpha', 2, { node: 'one' })
  await program.queues.stop('beta', { node: 'other' })
  await program.queues.start('delta', 1, { node: 'one' })

  await vi.waitFor(
    () =>
      expect(limitsOf(one)).toEqual([
        ['alpha', 2],
        ['beta', 5],
        ['delta', 1],
      ]),
    soon,
  )
  await vi.waitFor(() => expect(limitsOf(other)).toEqual([['alpha', 5]]), soon)
  expect(program.queues.checkAll()).toEqual([])
})

test('nodes of another name are left alone', async () => {
  const [one, other] = await pair()
  const stranger = await sibling(one, {
    workers: [noop],
    queues: { alpha: 1 },
    start: true,
    name: 'Other',
    node: 'one',
  })
  await stranger.queues.pause('alpha', { node: 'other' })
  await one.queues.scale('alpha', 3, { node: 'one' })
  await one.queues.pause('beta')
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([false, true]), soon)

  expect(limitsOf(stranger)).toEqual([['alpha', 1]])
})

/** A database whose notices are late, on the way to this program alone. */
function late(): Database {
  const database = adapter()
  const listen = (options: ListenOptions) =>
    database.listen?.({ ...options, onNotice: (...notice) => void setTimeout(options.onNotice, 20, ...notice) })

  return { ...database, listen: listen as Database['listen'] }
}

/** An adapter of the test's own, closed when it is over. */
function adapter(): Database {
  const database = postgres(inject('databaseUrl'), { connections: 5 })
  onTestFinished(() => database.close())

  return database
}

test('what one caller asks for takes effect in that order, here as elsewhere', async () => {
  const [one, other] = await pair({ database: late() })

  for (let turn = 0; turn < 5; turn += 1) {
    await one.queues.pause('alpha')
    await one.queues.resume('alpha', { local: true })
    await one.queues.stop('beta')
    await one.queues.start('beta', 2 + turn)
  }
  await allHeard(one)
  const settledOn = [
    ['alpha', 5],
    ['beta', 6],
  ]
  await vi.waitFor(() => expect([limitsOf(other), pausedOf(other)]).toEqual([settledOn, [true, false]]), soon)
  expect([limitsOf(one), pausedOf(one)]).toEqual([settledOn, [false, false]])
})

test('what several callers ask for at once ends alike on every node', async () => {
  const [one, other] = await pair()
  const limits = Array.from({ length: 10 }, (_n, index) => index + 1)
  await Promise.all(limits.flatMap((n) => [one.queues.scale('alpha', n), other.queues.scale('alpha', 20 - n)]))
  await one.queues.pause('beta')
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([false, true]), soon)

  expect(limitsOf(one)).toEqual(limitsOf(other))
})

test('a queue that is started while it stops is started when it has stopped', async () => {
  const doors = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
  const [one, other] = await pair({ workers: [waits], shutdownGracePeriod: 20 })
  await one.queues.stop('alpha', { local: true })
  await one.insert(waits.new({}, { queue: 'alpha' }))
  await doors.reached(1)
  const stopping = one.queues.stop('alpha')
  await vi.waitFor(() => expect(other.queues.check('alpha')?.shutdownStartedAt).toBeInstanceOf(Date), soon)
  await stopping
  await one.queues.start('alpha', 9)
  expect(one.queues.check('alpha')?.limit).toBe(9)
  doors.open()

  await vi.waitFor(() => expect(other.queues.check('alpha')?.limit).toBe(9), soon)
})

test('other nodes are told at once that a queue stops, though it takes its time here', async () => {
  const doors = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
  const [one, other] = await pair({ workers: [waits], shutdownGracePeriod: 20 })
  await other.queues.pause('alpha', { local: true })
  await one.insert(waits.new({}, { queue: 'alpha' }))
  await doors.reached(1)
  const stopping = one.queues.stop('alpha')
  await vi.waitFor(() => expect(queuesOf(other)).toEqual(['beta']), soon)
  expect(queuesOf(one)).toEqual(['alpha', 'beta'])
  doors.open()
  await stopping

  expect(queuesOf(one)).toEqual(['beta'])
})

test('the options of a started queue hold here, also those that others are not told', async () => {
  const doors = gate()
  const waits = worker({ name: 'waits' }).process(({ job }) => doors.pass(job))
  const [one] = await pair({ workers: [waits], queues: {} })
  await one.queues.start('sync', { limit: 2, ack: 'sync', prefetch: 0 }, { node: 'one' })
  await one.queues.start('sync', { limit: 9 })

  expect(one.queues.check('sync')?.limit).toBe(2)
})

test('the way queues stand survives the loss of the listening connection, and commands are heard again', async () => {
  const [one, other] = await pair({ database: adapter() })
  await one.queues.pause('alpha')
  await one.queues.scale('beta', 2)
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([true, false]), soon)
  const uuids = other.queues.checkAll().map(({ uuid }) => uuid)

  const heardAgain = untilEvent('notifier.switch', ({ node, status }) => node === 'other' && status === 'listening')
  await one.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "${one.prefix}%'`)
  await heardAgain
  expect(other.queues.checkAll()).toMatchObject([
    { queue: 'alpha', paused: true, uuid: uuids[0] },
    { queue: 'beta', limit: 2, uuid: uuids[1] },
  ])

  await one.queues.resume('alpha')
  await vi.waitFor(() => expect(pausedOf(other)).toEqual([false, false]), soon)
})

test('signals that make no sense do nothing', async () => {
  const [one] = await pair()
  const before = one.queues.checkAll()
  const garbage = events('notifier.garbage', 'one')
  const send = (payload: string) => one.query('SELECT pg_notify($1, $2)', [`${one.prefix}.oban_signal`, payload])
  const texts = ['', 'null', '[]', '"pause"', '7', '{"action":', 'Z:nonsense', 'H4sInonsense', '💥', '{"__proto__":1}']
  for (const text of texts) await send(text)
  const actions = [
    'pause',
    'resume',
    'stop',
    'scale',
    'start',
    'pkill',
    'explode',
    'constructor',
    7,
    null,
    {},
    undefined,
  ]
  for (const action of actions) {
    for (const queue of [undefined, null, 7, '', {}, ['alpha'], 'q'.repeat(128), 'a\0b', '\ud800', 'nowhere']) {
      for (const limit of [undefined, '5', 0, -1, 1.5, 1e9, null, {}]) {
        if (action === 'start' && queue === 'nowhere') continue
        await send(JSON.stringify({ action, queue, limit, job_id: 'x', ident: 'any' }))
      }
    }
  }
  const odd = [{ limit: 0 }, { limit: 100_001 }, { limit: '5' }, {}, { limit: 1, queue: '*' }, { limit: 1e300 }]
  for (const given of odd) await send(JSON.stringify({ action: 'start', queue: 'odd', ...given }))
  for (const given of odd)
    await send(JSON.stringify({ action: 'scale', queue: 'alpha', ...given, ...(given.queue && { queue: 'x' }) }))
  for (const ident of ['Oban.two', 'one', '', 7, {}, ['any'], 'ANY']) {
    await send(JSON.stringify({ action: 'pause', queue: '*', ident }))
  }
  await send(JSON.stringify({ action: 'start', queue: 'last', limit: 1 }))
  await vi.waitFor(() => expect(one.queues.check('last')).toBeDefined(), soon)

  expect(one.queues.checkAll().filter(({ queue }) => queue !== 'last')).toEqual(before)
  expect(garbage.length).toBeGreaterThanOrEqual(5)
  expect(events('failure')).toEqual([])
})
