import { worker } from '@staffa/core'
import { namesIn } from '@staffa/core/internal'
import { type ManualClock, type TestStaffa, testStaffa } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { type CronService, cron, parseExpression } from '../src/index.ts'
import { store } from '../src/store.ts'
import { at, clockAt, databases, lead, leading, silent, slotsOf } from './instances.ts'

const tidy = worker({ name: 'tidy' }).process(async () => {})

describe.each(databases)('a process on %s that was asleep between looking and inserting', (_, url) => {
  async function sleeper(guaranteed: boolean) {
    const clock = clockAt('2025-03-01 08:59:30')
    const crons = cron([{ expression: '*/10 * * * *', worker: tidy, guaranteed }])
    const staffa = await leading({ crons, clock, database: url() })
    const entries = store({ database: staffa.database, names: namesIn(staffa.prefix), clock })
    const [row] = await entries.list()
    const due = [{ row: row!, minute: at('2025-03-01 09:00').getTime() / 60_000 }]
    const claim = () => staffa.database.transaction(async (on) => [...(await entries.claim(due, on))])

    return { clock, crons, staffa, claim, entries, due }
  }

  test('inserts nothing when another leader was there meanwhile', async () => {
    const { clock, crons, staffa, claim } = await sleeper(true)
    await using _staffa = staffa
    clock.set(at('2025-03-01 09:00:01'))
    await crons.tick()
    expect(await claim()).toEqual([])
    clock.set(at('2025-03-01 09:10:01'))
    await crons.tick()

    expect(await claim()).toEqual([])
  })

  test.each([
    ['late', true, ['tidy']],
    ['not at all', false, []],
  ])('inserts %s when nobody was: guaranteed %s', async (_, guaranteed, claimed) => {
    const { clock, staffa, claim } = await sleeper(guaranteed)
    await using _staffa = staffa
    clock.set(at('2025-03-01 09:01:00'))

    expect(await claim()).toEqual(claimed)
    expect(await claim()).toEqual([])
  })

  test('inserts nothing for an entry that was changed or paused meanwhile, nor ahead of its time', async () => {
    const { clock, crons, staffa, claim } = await sleeper(true)
    await using _staffa = staffa
    expect(await claim()).toEqual([])
    clock.set(at('2025-03-01 09:00:10'))
    await crons.update('tidy', { args: { room: 2 } })

    expect(await claim()).toEqual([])
  })

  test('holds nobody up: what it has locked is passed over, and looked at again', async () => {
    const { clock, crons, staffa, entries, due } = await sleeper(true)
    await using _staffa = staffa
    const other = staffa.database
    clock.set(at('2025-03-01 09:00:00'))
    if (url() === undefined) return expect(await crons.tick()).toHaveLength(1) // PGlite has one session: nobody can wait
    await other
      .transaction(async (on) => {
        expect([...(await entries.claim(due, on))]).toEqual(['tidy'])
        expect(await crons.tick()).toEqual([])
        throw new Error('asleep for ever')
      })
      .catch(() => {})
    await crons.tick()

    expect(await slotsOf(staffa, 'tidy')).toEqual(['2025-03-01T09:00:00Z'])
  })
})

/** Numbers that are the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed

  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0

    return Math.floor((state / 2 ** 32) * below)
  }
}

const zones = ['Etc/UTC', 'America/Chicago', 'Europe/London', 'Asia/Kathmandu']
const entries = Array.from({ length: 20 }, (_, index) => ({
  ...{ expression: `${(index % 4) * 15} ${index % 3 === 0 ? '*' : `*/${index % 5 || 6}`} * * *`, worker: tidy },
  ...{ name: `entry-${index}`, timezone: zones[index % 4]!, guaranteed: index % 2 === 0 },
}))

/** A node of its own name leads, whoever else does. */
async function born(name: string, { database, prefix }: TestStaffa, clock: ManualClock): Promise<Node> {
  const crons = cron(entries)
  const staffa = await testStaffa({ services: [crons], name, database, prefix, clock, logger: silent })
  await lead(staffa)

  return { staffa, crons }
}

function allSlots(expression: string, zone: string, end: Date): readonly string[] {
  const { next } = parseExpression(expression)
  const slots: string[] = []
  for (let slot = next(at('2025-03-08 23:59'), zone); slot && slot <= end; slot = next(slot, zone)) {
    slots.push(slot.toISOString().replace('.000Z', 'Z'))
  }

  return slots
}

interface Node {
  readonly staffa: TestStaffa
  readonly crons: CronService
}

describe.each(databases)('two days on %s around a night when the clocks change', (_, url) => {
  test('with two leaders, restarts and clock steps: every guaranteed slot once, none twice', async () => {
    const random = randomFrom(11)
    const clock = clockAt('2025-03-08 23:59:30')
    await using home = await testStaffa({ database: url() })
    const nodes = await Promise.all(['One', 'Two'].map((name) => born(name, home, clock)))
    for (let left = 160; left > 0; left -= 1) {
      clock.advance({ minutes: random(4) === 0 ? -random(20) : 1 + random(25) })
      if (random(25) === 0) {
        await nodes[0]?.staffa.stop()
        nodes[0] = await born('One', home, clock)
      }
      const awake = [nodes, nodes, [nodes[random(2)]!]][random(3)]!
      await Promise.all(awake.map(({ crons }) => crons.tick()))
    }

    const end = clock.now()
    for (const { name, expression, timezone, guaranteed } of entries) {
      const inserted = await slotsOf(home, name)
      const all = allSlots(expression, timezone, end)
      expect(new Set(inserted).size).toBe(inserted.length)
      if (guaranteed) expect(inserted).toEqual(all)
      else expect(all).toEqual(expect.arrayContaining([...inserted]))
    }
    for (const { staffa } of nodes) await staffa.stop()
  })
})
