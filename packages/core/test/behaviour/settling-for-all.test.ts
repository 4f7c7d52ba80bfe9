import { manualClock, settled } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { newJob, worker } from '../../src/index.ts'
import { definePlugin } from '../../src/plugin.ts'
import { events, instance, sibling, still } from './kit.ts'

const everySoOften = { interval: { milliseconds: 40 } }
const ended = { states: ['completed', 'cancelled'] } as const

/** A layer that writes down under its own name what it settles. */
function ledger() {
  const entries: string[] = []
  const named = (plugin: string) =>
    definePlugin({
      plugin,
      settle: async (jobs) => void entries.push(...jobs.map(({ job, by }) => `${plugin}: ${job.worker} by ${by}`)),
    })

  return { entries, named }
}

test('a layer on the instance that settles does so for every worker that is known, beside its own layers', async () => {
  const { entries, named } = ledger()
  const own = worker({ name: 'own' })
    .use(named('inner'))
    .process(() => {})
  const plain = worker({ name: 'plain' }).process(() => {})
  const staffa = await instance({ ...still, workers: [own, plain], use: [named('outer')] })
  await staffa.insertAll([own.new({}), plain.new({}), newJob('plain', {})])
  await staffa.drain({ queue: 'default' })

  expect(entries.toSorted()).toEqual([
    'inner: own by attempt',
    'outer: own by attempt',
    'outer: plain by attempt',
    'outer: plain by attempt',
  ])
})

describe('a job of a worker that lives elsewhere', () => {
  const elixir = newJob('MyApp.Worker', {})

  test('is not settled by halves: it is kept, also from the pruner, until a node knows its worker', async () => {
    const { entries, named } = ledger()
    const clock = manualClock()
    const options = { ...still, stager: everySoOften, use: [named('outer')] }
    const pruner = { interval: { milliseconds: 40 }, age: { minutes: 1 } }
    const staffa = await instance({ ...options, clock, pruner, leader: {} })
    const pruned = events('service.stop', staffa.node)
    const { id } = await staffa.insert(elixir)
    await staffa.jobs.cancel(id)
    clock.advance({ hours: 1 })
    await staffa.start()
    await expect.poll(() => pruned.filter(({ service }) => service === 'pruner').length).toBeGreaterThan(1)
    expect(await staffa.jobs.get(id)).toMatchObject({ state: 'cancelled', meta: { settles: true } })
    expect(entries).toEqual([])

    const stand = worker({ name: 'MyApp.Worker' }).process(() => {})
    const knows = await sibling(staffa, { ...options, clock, workers: [stand], start: true })
    await expect.poll(() => entries).toEqual(['outer: MyApp.Worker by cancel'])
    await expect.poll(() => knows.jobs.get(id)).toBeUndefined()
  })

  test('that ran there is settled here by a node that knows the name and does not work the queue', async () => {
    const { entries, named } = ledger()
    const stand = worker({ name: 'MyApp.Worker' }).process(() => {})
    const staffa = await instance({ ...still, stager: everySoOften, use: [named('outer')], workers: [stand] })
    const { id } = await staffa.insert(elixir)
    await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET state = 'completed', completed_at = now()`)
    await staffa.start()

    expect(await settled(staffa, id, ended)).toMatchObject({ state: 'completed' })
    await expect.poll(() => entries).toEqual(['outer: MyApp.Worker by attempt'])
  })
})
