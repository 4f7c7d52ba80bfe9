import { suggestion } from '@staffa/core/internal'
import { expected, StaffaError } from '@staffa/core/plugin'
import { Temporal } from 'temporal-polyfill'

/** Minutes since 1970, in UTC. */
export type Minute = number

/** A stretch of time over which a zone's clocks run evenly. */
export interface Stretch {
  /** The first minute, and the one that is no longer in it. */
  readonly from: Minute
  readonly to: Minute
  /** Minutes by which the zone's clocks are ahead of UTC. */
  readonly offset: number
  /** The minute by the zone's clocks that the stretch before went up to: more than the first of this one, if they were put back. */
  readonly began: number
}

/** A time zone: how its clocks stand to UTC. */
export interface Zone {
  /** The name as the IANA database spells it. */
  readonly name: string
  at(minute: Minute): Stretch
}

const known = new Map<string, Zone>()

/** Finds a zone by its IANA name, or throws. */
export function zoneOf(name: string, option = 'timezone'): Zone {
  const found = known.get(name)
  if (found) return found
  const zone = makeZone(spell(name, option))
  known.set(name, zone)

  return zone
}

/** Offsets such as `+01:00` are no names, and other nodes of a cluster would not know them. */
function spell(name: unknown, option: string): string {
  try {
    if (typeof name === 'string' && /^[a-z]/i.test(name)) return zoned(name, 0).timeZoneId
  } catch {
    // told below, with the rule
  }

  const { code, message, data } = expected(option, 'the name of a time zone, such as Europe/London', name)
  const meant = typeof name === 'string' ? suggestion(name, Intl.supportedValuesOf('timeZone')) : ''

  throw new StaffaError(code, message + meant, { data })
}

/** The library is asked once a stretch: minutes of the same one are then plain arithmetic. */
function makeZone(name: string): Zone {
  const stretches: Stretch[] = []
  let recent: Stretch | undefined

  return {
    name,
    at: (minute) => {
      if (recent && contains(recent, minute)) return recent
      recent = stretches.find((stretch) => contains(stretch, minute))
      if (!recent) {
        recent = stretchAt(name, minute)
        stretches.push(recent)
      }

      return recent
    },
  }
}

function contains({ from, to }: Stretch, minute: Minute): boolean {
  return from <= minute && minute < to
}

function stretchAt(name: string, minute: Minute): Stretch {
  const here = zoned(name, minute)
  const before = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  const after = here.getTimeZoneTransition('next')
  const from = before ? Math.ceil(before.epochMilliseconds / 60_000) : Number.NEGATIVE_INFINITY
  const to = after ? Math.ceil(after.epochMilliseconds / 60_000) : Number.POSITIVE_INFINITY
  const began = before ? from + offsetAt(zoned(name, from - 1)) : Number.NEGATIVE_INFINITY

  return Object.freeze({ from, to, offset: offsetAt(here), began })
}

function offsetAt(time: Temporal.ZonedDateTime): number {
  return Math.floor(time.offsetNanoseconds / 60_000_000_000)
}

function zoned(name: string, minute: Minute): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(minute * 60_000).toZonedDateTimeISO(name)
}
