import type { JobOptions } from '@staffa/core'
import type { JsonObject } from '@staffa/core/plugin'
import { parse } from './parse.ts'
import { type Dst, nextFrom } from './schedule.ts'
import { type Row, toOptions } from './stored.ts'
import { zoneOf } from './zone.ts'

/** An entry as it is stored: a frozen value, read at one moment. */
export interface StoredCron {
  readonly name: string
  /** In Oban's spelling. */
  readonly expression: string
  /** The worker's name. */
  readonly worker: string
  /** As a job's args would be stored: what layers made of them. */
  readonly args: JsonObject
  readonly timezone: string
  readonly dst: Dst
  readonly guaranteed: boolean
  readonly paused: boolean
  /** What its jobs get beside the worker's own options. Nothing when a layer keeps args unreadable. */
  readonly options: JobOptions
  /** The minute up to which everything is decided: the slots until then are inserted, or will not be. */
  readonly through: Date
  /** The first slot after that, which may already be due. Undefined while it is paused, and for `@reboot`. */
  readonly nextAt: Date | undefined
  readonly insertedAt: Date
  readonly updatedAt: Date
}

/** Shows a row. */
export function toStoredCron(row: Row): StoredCron {
  const { name, expression, worker, opts, paused, lastSlot, insertedAt, updatedAt } = row
  const { args, timezone, dst, guaranteed, sealed } = opts
  const shown = { name, expression, worker, args, timezone, dst, guaranteed, paused, insertedAt, updatedAt }

  return Object.freeze({
    ...shown,
    options: sealed ? {} : toOptions(opts),
    through: new Date(lastSlot * 60_000),
    nextAt: nextOf(row),
  })
}

/** A stranger may have written what cannot be read: such an entry has no next slot. */
function nextOf({ expression, opts, paused, lastSlot }: Row): Date | undefined {
  try {
    const fields = parse(expression)
    if (paused || fields === '@reboot') return undefined
    const next = nextFrom({ fields, zone: zoneOf(opts.timezone), dst: opts.dst }, lastSlot + 1)

    return next === undefined ? undefined : new Date(next * 60_000)
  } catch {
    return undefined
  }
}
