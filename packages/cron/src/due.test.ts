import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, dueSlot, slotsOf } from './due.ts'
import { type Fields, parse } from './parse.ts'
import { type Dst, nextFrom, type Schedule } from './schedule.ts'
import { type Minute, zoneOf } from './zone.ts'

const none: ReadonlySet<string> = new Set()

function minuteOf(text: string): Minute {
  return Date.parse(`${text.replace(' ', 'T')}Z`) / 60_000
}

function scheduleOf(expression: string, zone = 'Etc/UTC', dst: Dst = 'wall'): Schedule {
  return { fields: parse(expression) as Fields, zone: zoneOf(zone), dst }
}

describe('the slot that is due', () => {
  const lastSlot = minuteOf('2025-01-01 08:00')
  const candidate = (over: Partial<Candidate> = {}): Candidate => ({
    ...{ name: 'a', slots: slotsOf(scheduleOf('0 * * * *')), guaranteed: false, paused: false, lastSlot },
    ...over,
  })
  const due = (over: Partial<Candidate>, time: string, rebooting = none) =>
    dueSlot(candidate(over), { minute: minuteOf(`2025-01-01 ${time}`), rebooting })

  test.each([
    ['the present one', {}, '09:00', '09:00'],
    ['none between two', {}, '09:01', undefined],
    ['none that is decided', {}, '08:00', undefined],
    ['none before what is decided', {}, '07:00', undefined],
    ['none while paused', { paused: true }, '09:00', undefined],
    ['one that was missed, when guaranteed', { guaranteed: true }, '09:59', '09:00'],
    ['the last of those missed', { guaranteed: true }, '23:30', '23:00'],
    ['none again', { guaranteed: true }, '08:59', undefined],
    ['none while paused, guaranteed or not', { guaranteed: true, paused: true }, '23:30', undefined],
  ])('%s', (_, over, time, slot) => {
    expect(due(over, time)).toBe(slot && minuteOf(`2025-01-01 ${slot}`))
  })

  test('of a reboot is the present minute, while the node has still to insert it', () => {
    expect(due({ slots: '@reboot' }, '08:31', new Set(['a']))).toBe(minuteOf('2025-01-01 08:31'))
    expect(due({ slots: '@reboot' }, '08:00', new Set(['a']))).toBeUndefined()
    expect(due({ slots: '@reboot', guaranteed: true }, '08:31', new Set(['b']))).toBeUndefined()
  })

  test('is the same whatever was asked before', () => {
    const times = fc.array(fc.integer({ min: lastSlot - 5_000, max: lastSlot + 5_000 }), { maxLength: 30 })
    const expressions = fc.constantFrom('*/7 * * * *', '0 9 * * *', '30 2 * * SUN', '0 0 1 1 *')

    fc.assert(
      fc.property(expressions, times, (expression, minutes) => {
        const remembering = slotsOf(scheduleOf(expression, 'Europe/London'))
        for (const minute of minutes) {
          expect(remembering.upTo(minute)).toBe(slotsOf(scheduleOf(expression, 'Europe/London')).upTo(minute))
        }
      }),
    )
  })
})

const zones = [
  'Etc/UTC',
  'America/Chicago',
  'Europe/London',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Auckland',
]
const [start, end] = [minuteOf('2025-01-01 00:00'), minuteOf('2026-01-01 00:00')]

/** Numbers that are the same for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed

  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0

    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Entry extends Candidate {
  readonly slots: Exclude<Candidate['slots'], '@reboot'>
  readonly schedule: Schedule
}

/** Slots are half an hour apart or more, where clocks go back by half an hour: nothing is blind for longer. */
function entriesFrom(random: (below: number) => number): readonly Entry[] {
  return Array.from({ length: 200 }, (_, index) => {
    const quarter = random(4) * 15
    const expressions = [
      `${quarter} * * * *`,
      `${quarter} */${1 + random(6)} * * *`,
      `${quarter} ${random(24)} * * *`,
      `${quarter} ${random(4)} * * *`,
      `${quarter} ${random(24)} * * MON-FRI`,
      `${quarter} ${random(24)} ${1 + random(28)} * *`,
    ]
    const schedule = scheduleOf(expressions[random(6)]!, zones[random(6)], random(2) === 0 ? 'wall' : 'once')

    return {
      name: String(index),
      schedule,
      slots: slotsOf(schedule),
      guaranteed: index % 2 === 0,
      paused: false,
      lastSlot: start,
    }
  })
}

function allSlots({ schedule }: Entry): readonly Minute[] {
  const slots: Minute[] = []
  for (
    let slot = nextFrom(schedule, start + 1);
    slot !== undefined && slot < end;
    slot = nextFrom(schedule, slot + 1)
  ) {
    slots.push(slot)
  }

  return slots
}

/** What a node has found out, and has not yet written. */
interface Finding {
  readonly entry: Entry
  readonly slot: Minute
  /** The row that it has read. */
  readonly lastSlot: Minute
}

/** A year of entries. Its table obeys the rules of the statement that claims slots, which has its own tests. */
class Year {
  readonly entries: readonly Entry[]
  readonly inserted = new Map<Entry, Minute[]>()
  readonly #lastSlots = new Map<Entry, Minute>()

  constructor(entries: readonly Entry[]) {
    this.entries = entries
    for (const entry of entries) this.inserted.set(entry, [])
  }

  find(minute: Minute): readonly Finding[] {
    return this.entries.flatMap((entry) => {
      const lastSlot = this.#lastSlots.get(entry) ?? start
      const slot = dueSlot({ ...entry, lastSlot }, { minute, rebooting: none })

      return slot === undefined ? [] : [{ entry, slot, lastSlot }]
    })
  }

  claim(findings: readonly Finding[], minute: Minute): void {
    for (const { entry, slot, lastSlot } of findings) {
      const untouched = (this.#lastSlots.get(entry) ?? start) === lastSlot
      if (!untouched || slot > minute || (!entry.guaranteed && slot !== minute)) continue
      this.#lastSlots.set(entry, slot)
      this.inserted.get(entry)?.push(slot)
    }
  }
}

/** The clock's error in minutes: it steps back by up to an hour, and comes forward by less than ten at a time. */
function step(skew: number, random: (below: number) => number): number {
  return random(5) === 0 ? Math.max(-120, skew - random(60)) : Math.min(5, skew + random(9))
}

/** Leaders come and go, two at once, asleep between reading and writing; the clock steps back and forth. */
function live(year: Year, random: (below: number) => number): void {
  let [nobodyUntil, skew, calm] = [0, 0, false]
  const asleep: (readonly Finding[])[] = []
  for (let time = start + 1; time < end + 300; time += 1) {
    if (random(200) === 0) [skew, calm] = [step(skew, random), false]
    if (random(200) === 0) [nobodyUntil, calm] = [time + random(10), false]
    const minute = time + skew
    if (time < nobodyUntil || (calm && minute % 15 !== 0)) continue // all slots are at quarters

    const findings = year.find(minute)
    calm = random(50) > 0
    if (calm) year.claim(findings, minute)
    else asleep.push(findings)
    if (random(20) === 0) year.claim(findings, minute)
    if (random(20) === 0) year.claim(asleep.shift() ?? [], minute)
  }
}

describe('a year of two hundred entries, with leaders that change and clocks that step', () => {
  test('has every guaranteed slot once, and no slot twice', { timeout: 60_000 }, () => {
    const random = randomFrom(2025)
    const year = new Year(entriesFrom(random))
    live(year, random)
    const [sure, plain] = [true, false].map((guaranteed) =>
      year.entries.filter((entry) => entry.guaranteed === guaranteed),
    )
    const insertedOf = (entry: Entry) => (year.inserted.get(entry) ?? []).filter((slot) => slot < end)

    for (const entry of sure ?? []) expect(insertedOf(entry)).toEqual(allSlots(entry))
    for (const entry of plain ?? []) {
      const inserted = insertedOf(entry)
      const all = new Set(allSlots(entry))
      expect(new Set(inserted).size).toBe(inserted.length)
      expect(inserted.filter((slot) => !all.has(slot))).toEqual([])
      expect(inserted.length).toBeGreaterThan(all.size * 0.8)
    }
  })
})
