import { type TestOptions, type TestStaffa, untilEvent } from '@staffa/testing'
import { describe, expect, test, vi } from 'vitest'
import type { Service } from '../../src/plugin.ts'
import { events, instance, sibling, timed } from './kit.ts'

const ms = (milliseconds: number) => ({ milliseconds })
const soon = { timeout: 20_000, interval: 5 }

/** A service that can be asked whether its node leads. */
class Witness implements Service {
  isLeader = () => false
  attach(host: { isLeader(): boolean }): void {
    this.isLeader = () => host.isLeader()
  }
  start(): void {}
  async stop(): Promise<void> {}
}

interface Candidate {
  readonly staffa: TestStaffa
  readonly leads: () => boolean
}

async function candidate(node: string, lease: number, options: TestOptions & { beside?: TestStaffa } = {}) {
  const witness = new Witness()
  const { beside, ...rest } = options
  const settings = { leader: { lease: ms(lease) }, services: [witness], node, start: true, ...rest }
  const isTried = (event: { readonly verb: string; readonly node: string }) =>
    event.verb === 'electLeader' && event.node === node
  const tried = settings.leader ? untilEvent('engine.stop', isTried) : undefined
  const staffa = await (beside ? sibling(beside, settings) : instance(settings))
  await tried

  return { staffa, leads: () => witness.isLeader() }
}

async function three(lease: number): Promise<readonly [Candidate, Candidate, Candidate]> {
  const first = await candidate('one', lease)
  const beside = { beside: first.staffa }

  return [first, await candidate('two', lease, beside), await candidate('three', lease, beside)]
}

const leaseOf = (staffa: TestStaffa) =>
  staffa.query(`SELECT name, node, started_at, expires_at FROM "${staffa.prefix}".oban_peers ORDER BY name`)

test('a single node leads at once', async () => {
  const { staffa, leads } = await candidate('single', 30_000)
  await vi.waitFor(() => expect(leads()).toBe(true), soon)

  expect(await leaseOf(staffa)).toMatchObject([{ name: 'Oban@staffa', node: 'single' }])
})

test('of three nodes exactly one leads, and goes on leading', async () => {
  const nodes = await three(150)
  const elections = events('leader.election')
  for (let look = 0; look < 30; look += 1) {
    await untilEvent('engine.stop', ({ verb }) => verb === 'electLeader')
    expect(nodes.map(({ leads }) => leads())).toEqual([true, false, false])
  }

  expect(elections).toEqual([])
})

test('the lead is handed over within a second when the leader stops', timed, async () => {
  const [first, ...others] = await three(60_000)
  const elections = events('leader.election')
  const stopping = performance.now()
  await first.staffa.stop()
  expect(first.leads()).toBe(false)
  await vi.waitFor(() => expect(others.filter(({ leads }) => leads())).toHaveLength(1), soon)

  expect(performance.now() - stopping).toBeLessThan(1_000)
  expect(elections).toMatchObject([
    { node: 'one', leader: false, wasLeader: true },
    { node: others[0]?.leads() ? 'two' : 'three', leader: true, wasLeader: false },
  ])
})

test('when a leader is gone without a word, another leads as soon as the lease has ended', timed, async () => {
  const { staffa } = await candidate('zero', 300, { leader: false })
  await staffa.query(
    `INSERT INTO "${staffa.prefix}".oban_peers SELECT 'Oban@staffa', 'dead', now, now + interval '600 milliseconds'
     FROM (SELECT timezone('UTC', now()) AS now) AS clock`,
  )
  const began = performance.now()
  const { leads } = await candidate('next', 300, { beside: staffa })
  expect(leads()).toBe(false)
  await vi.waitFor(() => expect(leads()).toBe(true), soon)

  expect(performance.now() - began).toBeGreaterThan(400)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('a leader that cannot renew does not believe that it leads for longer than its lease', timed, async () => {
  const { staffa, leads } = await candidate('sleeper', 300)
  expect(leads()).toBe(true)
  await staffa.database.transaction(async (transaction) => {
    await transaction.query({ name: '', text: `LOCK TABLE "${staffa.prefix}".oban_peers` }, [])
    const locked = performance.now()
    await vi.waitFor(() => expect(leads()).toBe(false), soon)
    expect(performance.now() - locked).toBeLessThan(600)
  })

  await vi.waitFor(() => expect(leads()).toBe(true), soon)
})

test('a leader that finds another one in its place gives way, and comes back when that is gone', async () => {
  const { staffa, leads } = await candidate('first', 300)
  const elections = events('leader.election')
  await staffa.query(
    `UPDATE "${staffa.prefix}".oban_peers SET node = 'usurper', expires_at = timezone('UTC', now()) + interval '1 second'`,
  )
  await vi.waitFor(() => expect(leads()).toBe(false), soon)
  await vi.waitFor(() => expect(leads()).toBe(true), { timeout: 20_000 })

  expect(elections).toMatchObject([
    { node: 'first', leader: false, wasLeader: true },
    { node: 'first', leader: true, wasLeader: false },
  ])
})

describe('nobody leads', () => {
  test('who is told not to', async () => {
    const { staffa, leads } = await candidate('humble', 300, { leader: false })
    await untilEvent('service.stop')

    expect(leads()).toBe(false)
    expect(await leaseOf(staffa)).toEqual([])
  })

  test('in tests, where nothing starts', async () => {
    const witness = new Witness()
    const staffa = await instance({ services: [witness], testing: 'manual', start: true })

    expect(witness.isLeader()).toBe(false)
    expect(await leaseOf(staffa)).toEqual([])
  })
})

test('names lead side by side, and so does Oban beside them', async () => {
  const { staffa, leads } = await candidate('mine', 30_000)
  const elixir = `INSERT INTO "${staffa.prefix}".oban_peers VALUES ('Oban', 'elixir', '2020-01-01', '2999-01-01')`
  await staffa.query(elixir)
  const other = await candidate('other', 30_000, { beside: staffa, name: 'Reports' })

  expect([leads(), other.leads()]).toEqual([true, true])
  await other.staffa.stop()
  expect(await leaseOf(staffa)).toMatchObject([
    { name: 'Oban', node: 'elixir' },
    { name: 'Oban@staffa', node: 'mine' },
  ])
})

test('without notices the lead still moves, at the latest with the next look', async () => {
  const first = await candidate('quiet-1', 900, { notifier: 'poll' })
  const second = await candidate('quiet-2', 900, { notifier: 'poll', beside: first.staffa })
  await first.staffa.stop()

  await vi.waitFor(() => expect(second.leads()).toBe(true), soon)
})
