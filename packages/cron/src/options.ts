import { expected, rejectUnknown } from '@staffa/core/plugin'
import { checkFlag, type Defaults } from './entry.ts'
import { checkDst, type Dialect } from './expression.ts'
import type { Dst } from './schedule.ts'
import { zoneOf } from './zone.ts'

export interface CronOptions {
  /** The zone of entries that name none, an IANA name. Defaults to `Etc/UTC`. */
  readonly timezone?: string | undefined
  /** Whether the last slot that nobody inserted at its minute is inserted late, once. Defaults to false. */
  readonly guaranteed?: boolean | undefined
  /** Whether an hour that clocks show twice counts twice (`wall`) or the first time only (`once`). Defaults to `wall`. */
  readonly dst?: Dst | undefined
  /** `extended` also takes 7 as Sunday, names in any case, `?` and blanks at the ends. Defaults to `oban`. */
  readonly dialect?: Dialect | undefined
  /**
   * What a start does to entries that came from code and are no longer in it: `manual` leaves them, `automatic` deletes
   * them. Defaults to `manual`.
   */
  readonly sync?: 'manual' | 'automatic' | undefined
}

/** The options, checked and complete. */
export interface Settings extends Defaults {
  readonly sync: 'manual' | 'automatic'
}

export function resolveOptions(options: CronOptions): Settings {
  if (typeof options !== 'object' || options === null) throw expected('options of cron()', 'an object', options)
  rejectUnknown('cron()', options, ['timezone', 'guaranteed', 'dst', 'dialect', 'sync'])
  const { timezone = 'Etc/UTC', guaranteed = false, dst = 'wall', dialect = 'oban', sync = 'manual' } = options
  if (sync !== 'manual' && sync !== 'automatic') throw expected('sync', '"manual" or "automatic"', sync)
  if (dialect !== 'oban' && dialect !== 'extended') throw expected('dialect', '"oban" or "extended"', dialect)

  return Object.freeze({
    timezone: zoneOf(timezone).name,
    guaranteed: checkFlag(guaranteed, 'guaranteed'),
    dst: checkDst(dst),
    dialect,
    sync,
  })
}
