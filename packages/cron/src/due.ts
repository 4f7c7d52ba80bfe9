import { nextFrom, previousUpTo, type Schedule } from './schedule.ts'
import type { Minute } from './zone.ts'

/** An entry, as far as it decides whether a job is due. */
export interface Candidate {
  readonly name: string
  /** When its slots are; or that it has one each time a node leads for the first time. */
  readonly slots: Slots | '@reboot'
  readonly guaranteed: boolean
  readonly paused: boolean
  /** The minute up to which everything is decided. */
  readonly lastSlot: Minute
}

/** What an evaluation is about. */
export interface Moment {
  /** The present one. */
  readonly minute: Minute
  /** The entries of `@reboot` that this node has not inserted yet. */
  readonly rebooting: ReadonlySet<string>
}

/**
 * The slot that an entry must be inserted for now, if there is one.
 *
 * It is the newest that has come, and later than all that is decided: the present minute, or an earlier one that was
 * missed when the entry is guaranteed.
 */
export function dueSlot(candidate: Candidate, { minute, rebooting }: Moment): Minute | undefined {
  const { name, slots, guaranteed, paused, lastSlot } = candidate
  if (paused || minute <= lastSlot) return undefined
  if (slots === '@reboot') return rebooting.has(name) ? minute : undefined
  const latest = slots.upTo(minute)

  return latest > lastSlot && (guaranteed || latest === minute) ? latest : undefined
}

/** The slots of a schedule. Each is looked for once: until the next one comes, the newest stays the newest. */
export interface Slots {
  /** The newest slot up to a minute, or minus infinity. */
  upTo(minute: Minute): Minute
}

export function slotsOf(schedule: Schedule): Slots {
  let latest = Number.POSITIVE_INFINITY
  let next = Number.NEGATIVE_INFINITY

  return {
    upTo: (minute) => {
      if (minute < latest || minute >= next) {
        latest = previousUpTo(schedule, minute) ?? Number.NEGATIVE_INFINITY
        next = nextFrom(schedule, minute + 1) ?? Number.POSITIVE_INFINITY
      }

      return latest
    },
  }
}
