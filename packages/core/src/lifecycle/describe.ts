import { definition, type NewJob } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import type { Replace, ReplaceField } from '../job/replace.ts'
import { type Duration, toMilliseconds } from '../support/duration.ts'
import type { JobOptions } from './options.ts'
import { resolveReplace } from './replace.ts'
import { storable } from './storable.ts'
import { mergeUnique, resolveUnique } from './unique.ts'
import { checkName, validateJobOptions } from './validate.ts'

/** What a job is described from: the worker's name and defaults, and the worker itself where there is one. */
export interface Describing {
  readonly name: string
  readonly defaults?: JobOptions | undefined
  readonly definition?: object | undefined
}

const nothing: JobOptions = Object.freeze({})
const noMeta: JsonObject = Object.freeze({})
const noTags: readonly string[] = Object.freeze([])

/** Describes a job: a frozen value that holds everything insertion needs. Nothing is written. */
export function describe(from: Describing, args: unknown, call: JobOptions = nothing): NewJob {
  validateJobOptions(call, `new job for ${from.name}`)
  const { defaults = nothing } = from
  const options = { ...defaults, ...defined(call) }
  const unique = resolveUnique(mergeUnique(defaults.unique, call.unique))

  return Object.freeze({
    worker: from.name,
    queue: options.queue ?? 'default',
    args: storable(args, 'args'),
    meta: metaOf(defaults, call),
    tags: tagsOf(defaults, call),
    priority: options.priority ?? 0,
    maxAttempts: options.maxAttempts ?? 20,
    scheduledAt: call.scheduleIn === undefined ? copyOf(options.scheduledAt) : undefined,
    delay: milliseconds(options.scheduleIn),
    deadline: milliseconds(options.deadline),
    unique,
    replace: narrowed(resolveReplace(options.replace), options),
    ...(from.definition && { [definition]: from.definition }),
  })
}

/** Describes a job for a worker that lives in another program. */
export function newJob(name: string, args: JsonObject, options?: JobOptions): NewJob {
  checkName(name, 'worker name')

  return describe({ name }, args, options)
}

function defined(options: JobOptions): JobOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** A field that the new job says nothing of stays as it is in the job that is there. */
function narrowed(replace: Replace | undefined, options: JobOptions): Replace | undefined {
  if (!replace) return undefined
  const { scheduledAt, scheduleIn } = options
  const said: object = { args: true, worker: true, ...options, scheduledAt: scheduledAt ?? scheduleIn }
  const isSaid = (field: ReplaceField) => said[field as never] !== undefined
  const lists = Object.entries(replace).map(([state, fields]) => [state, Object.freeze(fields?.filter(isSaid))])

  return Object.freeze(Object.fromEntries(lists))
}

function metaOf(defaults: JobOptions, call: JobOptions): JsonObject {
  const timeout = milliseconds(call.timeout)
  if (!defaults.meta && !call.meta && timeout === undefined) return noMeta

  return storable({ ...defaults.meta, ...call.meta, ...(timeout !== undefined && { timeout }) }, 'meta')
}

function tagsOf(defaults: JobOptions, call: JobOptions): readonly string[] {
  if (!defaults.tags && !call.tags) return noTags

  return normalizeTags([...(defaults.tags ?? []), ...(call.tags ?? [])])
}

/** Trims tags, puts them into lower case, and leaves out blanks and repetitions. */
export function normalizeTags(tags: readonly string[]): readonly string[] {
  const words = tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag.length > 0)

  return Object.freeze([...new Set(words)])
}

/** A date of the caller's may change after this. */
function copyOf(instant: Date | undefined): Date | undefined {
  return instant && new Date(instant)
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : toMilliseconds(duration)
}
