import { type JobOptions, newJob, type Worker } from '@staffa/core'
import { expected, isStaffaError, type JsonObject, type NewJob, rejectUnknown, StaffaError } from '@staffa/core/plugin'
import { checkDst, type Dialect, inOban } from './expression.ts'
import { parse } from './parse.ts'
import type { Dst } from './schedule.ts'
import { zoneOf } from './zone.ts'

/** What an entry says, besides its worker and args. Every option of a job but `scheduledAt` is one of an entry. */
export interface CronSettings extends Omit<JobOptions, 'scheduledAt'> {
  /** When to insert a job: five fields, or a nickname such as `@daily`. */
  readonly expression: string
  /** What tells the entry from every other one. Defaults to the worker's name. */
  readonly name?: string | undefined
  /** The zone whose clocks the expression is about, an IANA name. Defaults to that of `cron()`. */
  readonly timezone?: string | undefined
  /** Whether to insert the last slot late, once, when nobody led at its minute. Defaults to that of `cron()`. */
  readonly guaranteed?: boolean | undefined
  /** Whether the entry waits until it is resumed. Defaults to false, and for an entry that is stored to what it was. */
  readonly paused?: boolean | undefined
  /** Whether an hour that clocks show twice counts twice, or once. Defaults to that of `cron()`. */
  readonly dst?: Dst | undefined
}

/** The args that a worker takes: they may be left out where an empty object would do. */
export type ArgsOf<W> =
  W extends Worker<infer Input>
    ? {} extends Input
      ? { readonly args?: Input | undefined }
      : { readonly args: Input }
    : { readonly args?: JsonObject | undefined }

/** A job to insert again and again, typed by its worker; a name stands for a worker of another program. */
export type CronEntry<W extends Worker | string = Worker | string> = CronSettings & { readonly worker: W } & ArgsOf<
    NoInfer<W>
  >

/** What entries are without, unless they say it themselves. */
export interface Defaults {
  readonly timezone: string
  readonly guaranteed: boolean
  readonly dst: Dst
  readonly dialect: Dialect
}

/** An entry that is complete, and checked as far as it can be without its layers. */
export interface Checked {
  readonly name: string
  /** In Oban's spelling. */
  readonly expression: string
  readonly worker: Worker | string
  readonly timezone: string
  readonly guaranteed: boolean
  readonly dst: Dst
  readonly paused: boolean | undefined
  readonly args: JsonObject
  readonly options: JobOptions
  /** A job of it, as it was described. */
  readonly job: NewJob
}

const ownNames = ['expression', 'name', 'timezone', 'guaranteed', 'paused', 'dst', 'worker', 'args'] as const
const jobNames = [
  'queue',
  'priority',
  'maxAttempts',
  'tags',
  'meta',
  'unique',
  'replace',
  'timeout',
  'deadline',
  'scheduleIn',
] as const
export const entryNames: readonly string[] = [...ownNames, ...jobNames]

/** Checks an entry: its expression, zone, name, args and options. */
export function checkEntry(entry: CronEntry, defaults: Defaults): Checked {
  if (typeof entry !== 'object' || entry === null) throw expected('a cron entry', 'an object', entry)
  const { worker } = entry
  const own = nameOf(worker)
  const { name = own } = entry
  if (typeof name !== 'string' || !/^[^\0]{1,255}$/.test(name)) {
    throw expected('the name of a cron entry', 'text of 1 to 255 characters', name)
  }

  return about(name, () => {
    rejectUnknown('the entry', entry, entryNames)
    const {
      timezone = defaults.timezone,
      guaranteed = defaults.guaranteed,
      dst = defaults.dst,
      paused,
      args = {},
    } = entry
    const options = optionsOf(entry)
    const expression = inOban(entry.expression, defaults.dialect)
    parse(expression)

    return {
      ...{ name, expression, worker, args, options },
      timezone: zoneOf(timezone).name,
      guaranteed: checkFlag(guaranteed, 'guaranteed'),
      dst: checkDst(dst),
      paused: paused === undefined ? undefined : checkFlag(paused, 'paused'),
      job: describe(worker, args, options),
    }
  })
}

/** Describes a job of a worker, or of one that lives in another program. */
export function describe(worker: Worker | string, args: JsonObject, options: JobOptions): NewJob {
  return typeof worker === 'string' ? newJob(worker, args, options) : worker.new(args, options)
}

/** Names the entry in whatever error its parts throw. */
function about<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw named(name, error)
  }
}

export function named(name: string, error: unknown): unknown {
  if (!isStaffaError(error)) return error

  return new StaffaError(error.code, `cron entry ${JSON.stringify(name)}: ${error.message}`, {
    data: { ...error.data, name },
    cause: error,
  })
}

export function checkFlag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value

  throw expected(option, 'true or false', value)
}

function nameOf(worker: unknown): string {
  if (typeof worker === 'string') return worker
  if (isWorker(worker)) return worker.name

  throw expected('the worker of a cron entry', 'a worker, or the name of one', worker)
}

function isWorker(value: unknown): value is Worker {
  if (typeof value !== 'object' || value === null || !('new' in value && 'name' in value)) return false

  return typeof value.new === 'function' && typeof value.name === 'string'
}

/** The part of an entry that its jobs are described with. */
function optionsOf(entry: CronSettings): JobOptions {
  const options = jobNames.map((name) => [name, entry[name]] as const)

  return Object.fromEntries(options.filter(([, value]) => value !== undefined))
}
