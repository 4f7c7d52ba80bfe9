import { matchesWall, nextWall, previousWall } from './calendar.ts'
import type { Fields } from './parse.ts'
import type { Minute, Stretch, Zone } from './zone.ts'

/** What to do with an hour that clocks show twice: `wall` runs it twice, as Oban does; `once` only the first time. */
export type Dst = 'wall' | 'once'

/** When fields come true in a zone. An hour that clocks skip never does. */
export interface Schedule {
  readonly fields: Fields
  readonly zone: Zone
  readonly dst: Dst
}

/** No clock differs from UTC by more: a search may jump to so near what it has found. */
const widest = 16 * 60

/** Fifty years: no date is rarer than a 29 February on a given weekday, which can take forty. */
const furthest = 50 * 366 * 24 * 60

export function matches({ fields, zone, dst }: Schedule, minute: Minute): boolean {
  const stretch = zone.at(minute)
  const wall = minute + stretch.offset

  return matchesWall(fields, wall) && (dst === 'wall' || wall >= stretch.began)
}

/** The first minute from this one on. Undefined when there is none in fifty years: clocks may skip it each time. */
export function nextFrom(schedule: Schedule, from: Minute): Minute | undefined {
  let minute = from
  while (minute - from < furthest) {
    const stretch = schedule.zone.at(minute)
    const start = Math.max(minute + stretch.offset, firstOf(stretch, schedule))
    const wall = nextWall(schedule.fields, start)
    if (wall === undefined) return undefined
    if (wall - stretch.offset < stretch.to) return wall - stretch.offset
    const settled = stretch.to - widest >= start // later clocks cannot show again what came before the start
    minute = settled ? Math.max(stretch.to, wall - widest) : stretch.to
  }

  return undefined
}

/** The last minute up to this one. */
export function previousUpTo(schedule: Schedule, upTo: Minute): Minute | undefined {
  let minute = upTo
  while (upTo - minute < furthest) {
    const stretch = schedule.zone.at(minute)
    const end = minute + stretch.offset
    const wall = previousWall(schedule.fields, end)
    if (wall === undefined) return undefined
    if (wall >= firstOf(stretch, schedule)) return wall - stretch.offset
    const settled = stretch.from + widest <= end // earlier clocks cannot have shown what comes after the end
    minute = settled ? Math.min(stretch.from - 1, wall + widest) : stretch.from - 1
  }

  return undefined
}

/** The first minute by the zone's clocks that counts in a stretch. */
function firstOf({ from, offset, began }: Stretch, { dst }: Schedule): number {
  return dst === 'once' ? Math.max(from + offset, began) : from + offset
}
