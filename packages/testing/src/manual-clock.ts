import type { Clock } from '@staffa/core'
import { type Duration, expected, toMilliseconds } from '@staffa/core/plugin'

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves the time on by so much, or back when that is negative; gives the new present. */
  advance(duration: Duration): Date
  /** Moves the time to this instant. */
  set(instant: Date): void
}

/**
 * Makes a clock for `clock` of an instance. It begins now, or at the instant that is given.
 *
 * Whatever asks for the time obeys it, the statements in the database included: what is due, when a lease ends, how
 * old a job is. Timers go on in real time.
 */
export function manualClock(start: Date = new Date()): ManualClock {
  let present = valid(start)

  return {
    authoritative: true,
    now: () => new Date(present),
    advance: (duration) => {
      present += toMilliseconds(duration)

      return new Date(present)
    },
    set: (instant) => {
      present = valid(instant)
    },
  }
}

function valid(instant: Date): number {
  const time = instant instanceof Date ? instant.getTime() : Number.NaN
  if (Number.isNaN(time)) throw expected('the time of a manual clock', 'a valid Date', instant)

  return time
}
