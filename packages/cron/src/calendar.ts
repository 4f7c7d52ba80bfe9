import type { Fields } from './parse.ts'

/** Minutes by a wall clock since 1970 there: what fields are about, whatever the zone. */
export type WallMinute = number

const minutesADay = 1440

/** The Gregorian calendar repeats itself, weekdays included, after so many days. */
const cycle = 146_097

/** Whether the fields list this minute: every one of them must, day and weekday alike. */
export function matchesWall(fields: Fields, at: WallMinute): boolean {
  const day = Math.floor(at / minutesADay)
  const time = at - day * minutesADay

  return fields.minute.has(time % 60) && fields.hour.has(Math.floor(time / 60)) && matchesDay(fields, day)
}

/** The first minute from this one on that the fields list. */
export function nextWall(fields: Fields, from: WallMinute): WallMinute | undefined {
  const start = Math.floor(from / minutesADay)
  const today = matchesDay(fields, start) ? firstTime(fields, from - start * minutesADay) : undefined
  if (today !== undefined) return start * minutesADay + today
  const day = searchDay(fields, start + 1, 1)

  return day === undefined ? undefined : day * minutesADay + (firstTime(fields, 0) ?? 0)
}

/** The last minute up to this one that the fields list. */
export function previousWall(fields: Fields, upTo: WallMinute): WallMinute | undefined {
  const start = Math.floor(upTo / minutesADay)
  const today = matchesDay(fields, start) ? lastTime(fields, upTo - start * minutesADay) : undefined
  if (today !== undefined) return start * minutesADay + today
  const day = searchDay(fields, start - 1, -1)

  return day === undefined ? undefined : day * minutesADay + (lastTime(fields, minutesADay - 1) ?? 0)
}

function matchesDay(fields: Fields, day: number): boolean {
  const date = dateOf(day)

  return (
    fields.month.has(date.getUTCMonth() + 1) &&
    fields.day.has(date.getUTCDate()) &&
    fields.weekday.has(date.getUTCDay())
  )
}

/** Goes from day to day, and from month to month where none is listed. */
function searchDay(fields: Fields, start: number, direction: 1 | -1): number | undefined {
  let day = start
  while (Math.abs(day - start) <= cycle) {
    const date = dateOf(day)
    if (!fields.month.has(date.getUTCMonth() + 1)) day = beyondMonth(date, direction)
    else if (fields.day.has(date.getUTCDate()) && fields.weekday.has(date.getUTCDay())) return day
    else day += direction
  }

  return undefined
}

/** The first day of the next month, or the last of the one before. */
function beyondMonth(date: Date, direction: 1 | -1): number {
  const month = date.getUTCMonth() + (direction === 1 ? 1 : 0)
  const first = new Date(0).setUTCFullYear(date.getUTCFullYear(), month, 1) / 86_400_000

  return direction === 1 ? first : first - 1
}

function firstTime({ hour, minute }: Fields, from: number): number | undefined {
  for (const hours of hour) {
    if (hours * 60 + 59 < from) continue
    for (const minutes of minute) if (hours * 60 + minutes >= from) return hours * 60 + minutes
  }

  return undefined
}

function lastTime({ hour, minute }: Fields, upTo: number): number | undefined {
  let last: number | undefined
  for (const hours of hour) {
    if (hours * 60 > upTo) break
    for (const minutes of minute) if (hours * 60 + minutes <= upTo) last = hours * 60 + minutes
  }

  return last
}

function dateOf(day: number): Date {
  return new Date(day * 86_400_000)
}
