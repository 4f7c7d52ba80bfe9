import { expected, rejectUnknown } from '@staffa/core/plugin'
import { describe } from './describe.ts'
import { toOban } from './extended.ts'
import { type Parsed, parse } from './parse.ts'
import { type Dst, matches, nextFrom, previousUpTo, type Schedule } from './schedule.ts'
import { type Minute, zoneOf } from './zone.ts'

/** Which spelling to take: Oban's own, or also what people from other crons write. */
export type Dialect = 'oban' | 'extended'

export interface ParseOptions {
  /** `extended` also takes 7 as Sunday, names in any case, `?` and blanks at the ends. Defaults to `oban`. */
  readonly dialect?: Dialect | undefined
}

export interface SearchOptions {
  /** `wall` finds an hour that clocks show twice both times, `once` only the first time. Defaults to `wall`. */
  readonly dst?: Dst | undefined
}

/** A cron expression, understood. Zones are IANA names and default to `Etc/UTC`. */
export interface Expression {
  /** The expression as Oban spells it. */
  readonly text: string
  /** The first minute that comes true after the one of `after`. Undefined when none ever does, and for `@reboot`. */
  next(after: Date, zone?: string, options?: SearchOptions): Date | undefined
  /** The last minute that came true before the one of `before`. For `@reboot`, the minute when this process began. */
  previous(before: Date, zone?: string, options?: SearchOptions): Date | undefined
  /** Whether it comes true in the minute of an instant. `@reboot` always does. */
  matches(instant: Date, zone?: string, options?: SearchOptions): boolean
  /** When it comes true, in English. */
  describe(): string
}

/** Reads an expression by Oban's grammar, or throws `INVALID_EXPRESSION` and says what was expected. */
export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  rejectUnknown('parseExpression()', options, ['dialect'])
  const spelled = inOban(text, options.dialect)
  const parsed = parse(spelled)
  const schedule = (zone = 'Etc/UTC', search: SearchOptions = {}) => scheduleOf(parsed, zone, search)

  return Object.freeze({
    text: spelled,
    describe: () => describe(parsed),
    matches: (instant: Date, zone?: string, search?: SearchOptions) => {
      const on = schedule(zone, search)
      const minute = minuteOf(instant, 'instant')

      return !on || matches(on, minute)
    },
    next: (after: Date, zone?: string, search?: SearchOptions) => {
      const on = schedule(zone, search)

      return on && toDate(nextFrom(on, minuteOf(after, 'after') + 1))
    },
    previous: (before: Date, zone?: string, search?: SearchOptions) => {
      const on = schedule(zone, search)

      return toDate(on ? previousUpTo(on, minuteOf(before, 'before') - 1) : Math.floor(performance.timeOrigin / 60_000))
    },
  })
}

/** The text as Oban spells it. Nothing is checked beyond the dialect. */
export function inOban(text: string, dialect: Dialect = 'oban'): string {
  if (dialect !== 'oban' && dialect !== 'extended') throw expected('dialect', '"oban" or "extended"', dialect)

  return dialect === 'extended' && typeof text === 'string' ? toOban(text) : text
}

function scheduleOf(parsed: Parsed, zone: string, search: SearchOptions): Schedule | undefined {
  rejectUnknown('options of a search', search, ['dst'])
  const { dst = 'wall' } = search
  const schedule = { zone: zoneOf(zone, 'zone'), dst: checkDst(dst) }

  return parsed === '@reboot' ? undefined : { ...schedule, fields: parsed }
}

/** Checks an option of that name. */
export function checkDst(dst: unknown): Dst {
  if (dst === 'wall' || dst === 'once') return dst

  throw expected('dst', '"wall" or "once"', dst)
}

function minuteOf(instant: Date, option: string): Minute {
  const time = instant instanceof Date ? instant.getTime() : Number.NaN
  if (Number.isNaN(time)) throw expected(option, 'a valid Date', instant)

  return Math.floor(time / 60_000)
}

function toDate(minute: Minute | undefined): Date | undefined {
  return minute === undefined ? undefined : new Date(minute * 60_000)
}
