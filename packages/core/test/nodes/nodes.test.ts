import { expect, inject, test, vi } from 'vitest'
import { newJob } from '../../src/index.ts'
import { timed } from '../behaviour/kit.ts'
import { Cluster } from './cluster.ts'

const url = inject('databaseUrl')
const patience = { timeout: 20_000, interval: 50 }
const entries = (count: number) => Array.from({ length: count }, (_, index) => newJob('entry', { index }))

async function cluster(prefix: string): Promise<Cluster> {
  const made = new Cluster(url, `${prefix}_${process.pid}`)
  await made.create()

  return made
}

test('of three nodes exactly one leads, and kill -9 of it moves the lead within a lease', {
  timeout: 60_000,
  ...timed,
}, async () => {
  await using three = await cluster('lead')
  const lease = 1_500
  const nodes = await three.add(3, { limit: 5, work: 5, lease })
  const leaders = () => nodes.filter(({ leads }) => leads)
  await vi.waitFor(() => expect(leaders()).toHaveLength(1), patience)

  const [first] = leaders()
  await first?.kill()
  const killed = performance.now()
  await vi.waitFor(() => expect(leaders().filter((node) => node !== first)).toHaveLength(1), patience)
  expect(performance.now() - killed).toBeLessThan(lease * 2)

  const [second] = leaders().filter((node) => node !== first)
  const third = nodes.find((node) => node !== first && node !== second)
  await second?.stop()
  await vi.waitFor(() => expect(third?.leads).toBe(true), patience)
})

test('scheduled jobs run once on three nodes, and no node runs more than its limit', { timeout: 60_000 }, async () => {
  await using three = await cluster('once')
  const nodes = await three.add(3, { limit: 4, work: 3, lease: 3_000 })
  const soon = new Date(Date.now() + 500)
  const jobs = Array.from({ length: 600 }, (_, index) => newJob('entry', { index }, { scheduledAt: soon }))
  await three.staffa.insertAll(jobs)
  await vi.waitFor(async () => expect(await three.staffa.jobs.count({ state: 'completed' })).toBe(600), patience)

  const ledger = await three.ledger()
  expect([...ledger.values()].filter((runs) => runs.length !== 1)).toEqual([])
  expect(ledger.size).toBe(600)
  for (const node of nodes) expect(node.busiest).toBeLessThanOrEqual(4)
  expect(new Set([...ledger.values()].flat()).size).toBeGreaterThan(1)
})

test('pausing everywhere reaches every node within a second, and resuming too', {
  timeout: 60_000,
  ...timed,
}, async () => {
  await using three = await cluster('pause')
  const nodes = await three.add(3, { limit: 5, work: 5, lease: 3_000 })
  const all = (paused: boolean) => Promise.all(nodes.map((node) => node.untilPaused(paused)))

  await three.staffa.queues.pauseAll()
  const paused = await Promise.race([all(true).then(() => true), timer(1_000)])
  expect(paused).toBe(true)

  await three.staffa.insertAll(entries(20))
  await three.staffa.queues.resumeAll()
  await all(false)
  await vi.waitFor(async () => expect(await three.staffa.jobs.count({ state: 'completed' })).toBe(20), patience)
})

test('kill -9 of a node in the middle loses no job, and only what ran there may run twice', {
  timeout: 90_000,
}, async () => {
  await using two = await cluster('killed')
  const lease = 1_500
  const [victim] = await two.add(2, { limit: 10, work: 10, lease })
  await two.staffa.insertAll(entries(1_000))
  await victim?.until(() => victim.reports.filter(({ kind }) => kind === 'stop').length > 50)
  await victim?.kill()
  const killed = performance.now()
  const executing = await two.staffa.jobs.list({ state: 'executing', limit: 1_000 })
  const held = executing.filter(({ attemptedBy }) => attemptedBy[0] === victim?.name).map(({ id }) => id)
  await vi.waitFor(async () => expect(await two.staffa.jobs.count({ state: 'completed' })).toBe(1_000), patience)

  const ledger = await two.ledger()
  const twice = [...ledger.entries()].filter(([, runs]) => runs.length > 1)
  expect(ledger.size).toBe(1_000)
  expect(held).toEqual(expect.arrayContaining(twice.map(([id]) => id)))
  for (const [, runs] of twice) expect(runs).toContain(victim?.name)
  expect(performance.now() - killed).toBeLessThan(lease * 2 + 10_000)
})

async function timer(milliseconds: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), milliseconds))
}
