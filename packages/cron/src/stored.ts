import type { JobOptions } from '@staffa/core'
import type { JsonObject, NewJob } from '@staffa/core/plugin'
import type { Dst } from './schedule.ts'
import type { Minute } from './zone.ts'

/** What the table keeps of an entry besides its own columns. Options have Oban's names. */
export interface StoredOptions extends Readonly<Record<string, unknown>> {
  readonly args: JsonObject
  readonly timezone: string
  readonly guaranteed: boolean
  readonly dst: Dst
  /** True when the entry named a worker of another program: any leader may insert its jobs. */
  readonly foreign?: true | undefined
  /** The job as its layers made it, when one of them keeps args unreadable: the clear ones are not stored. */
  readonly sealed?: NewJob | undefined
}

/** A row of the table. */
export interface Row {
  readonly name: string
  readonly expression: string
  readonly worker: string
  readonly opts: StoredOptions
  readonly paused: boolean
  /** The minute up to which everything is decided. */
  readonly lastSlot: Minute
  /** Another one after every change of the row. */
  readonly version: string
  readonly insertedAt: Date
  readonly updatedAt: Date
}

const theirs: Readonly<Record<string, string>> = { maxAttempts: 'max_attempts', scheduleIn: 'schedule_in' }
const ours = new Map(Object.entries(theirs).map(([own, other]) => [other, own]))
const notOfJobs = new Set(['args', 'timezone', 'guaranteed', 'dst', 'foreign', 'sealed'])

/** The job options in Oban's spelling. */
export function toStored(options: JobOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [theirs[name] ?? name, value]))
}

/** The job options of a row. */
export function toOptions(opts: StoredOptions): JobOptions {
  const options = Object.entries(opts).filter(([name]) => !notOfJobs.has(name))

  return Object.fromEntries(options.map(([name, value]) => [ours.get(name) ?? name, value]))
}
