import type { Duration, Job, JobState, JsonObject, Worker } from '@staffa/core'
import { expected, rejectUnknown, toMilliseconds } from '@staffa/core/plugin'
import { compare, type Difference } from './compare.ts'
import { isMatcher, type Matcher } from './matcher.ts'

/** Part of a value: objects may lack keys, at any depth, and a matcher may stand anywhere. */
export type Part<T> = 0 extends 1 & T
  ? T
  :
      | Matcher
      | (T extends readonly (infer Item)[]
          ? readonly Part<Item>[]
          : T extends Date
            ? T
            : T extends object
              ? { readonly [Key in keyof T]?: Part<T[Key]> | undefined }
              : T)

/** An instant or a span of time, and how far off a job may be. */
export interface Near<T> {
  readonly value: T
  readonly delta: Duration
}

/** Which enqueued jobs: every field that is given must fit. Any value may be a matcher such as `expect.any(Number)`. */
export interface Enqueued<Input = unknown> {
  /** The worker, or its name where it lives in another program. */
  readonly worker?: Worker<Input> | Matcher | string | undefined
  /** Part of the args, as the worker's `new` takes them, also of a worker that encrypts them. */
  readonly args?: Part<Input> | undefined
  /** Part of the meta. */
  readonly meta?: Part<JsonObject> | undefined
  /** Tags that the job has, perhaps among others. */
  readonly tags?: readonly (string | Matcher)[] | Matcher | undefined
  readonly queue?: string | Matcher | undefined
  readonly priority?: number | Matcher | undefined
  readonly maxAttempts?: number | Matcher | undefined
  readonly id?: number | Matcher | undefined
  /** Defaults to the states in which a job waits: `available`, `scheduled` and `suspended`. */
  readonly state?: JobState | readonly JobState[] | undefined
  /** When it is to run, give or take a second. */
  readonly scheduledAt?: Date | Near<Date> | Matcher | undefined
  /** How long from now it is to run, give or take a second. */
  readonly scheduledIn?: Duration | Near<Duration> | Matcher | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: a filter whose args the public functions have checked
export type AnyEnqueued = Enqueued<any>

/** The states in which a job waits for its first attempt. */
const waiting: readonly JobState[] = ['available', 'scheduled', 'suspended']

/** One field of a filter. */
export interface Asked {
  readonly name: string
  /** As it was given. */
  readonly value: unknown
  /** What a job has there. */
  readonly of: (job: Job) => unknown
  /** In what way a job does not fit. */
  readonly differences: (job: Job) => readonly Difference[]
}

/** A filter, checked. */
export interface Filter {
  /** None for any. */
  readonly states: readonly JobState[]
  readonly asked: readonly Asked[]
}

const names: readonly string[] = [
  'worker',
  'args',
  'meta',
  'tags',
  'queue',
  'priority',
  'maxAttempts',
  'id',
  'state',
  'scheduledAt',
  'scheduledIn',
]

/** Checks a filter, and makes tests of its fields. */
export function toFilter(given: AnyEnqueued, now: Date): Filter {
  if (typeof given !== 'object' || given === null) throw expected('a filter of enqueued jobs', 'an object', given)
  rejectUnknown('a filter of enqueued jobs', given, names)
  const { state = waiting } = given
  const asked = names
    .filter((name) => name !== 'state' && given[name as keyof Enqueued] !== undefined)
    .map((name) => toAsked(name, given[name as keyof Enqueued], now))

  return { states: typeof state === 'string' ? [state] : state, asked }
}

function toAsked(name: string, value: unknown, now: Date): Asked {
  if (isMatcher(value)) return plain(name, value)
  if (name === 'worker' && typeof value === 'object') return ofWorker(value as Worker)
  if (name === 'tags') return ofTags(value as readonly string[])
  if (name === 'scheduledAt') return near(name, value as Date | Near<Date>, (at) => at.getTime())
  if (name === 'scheduledIn') {
    return near(name, value as Duration | Near<Duration>, (delay) => now.getTime() + toMilliseconds(delay, name))
  }

  return plain(name, value)
}

function plain(name: string, value: unknown): Asked {
  const of = (job: Job) => job[(name === 'scheduledIn' ? 'scheduledAt' : name) as keyof Job]

  return { name, value, of, differences: (job) => compare(value, of(job), [name]) }
}

function ofWorker({ name, options }: Worker): Asked {
  const known = [name, ...(options.aliases ?? [])]
  const of = (job: Job) => job.worker
  const differs = (job: Job) => !known.includes(job.worker)

  return {
    name: 'worker',
    value: name,
    of,
    differences: (job) => (differs(job) ? [{ path: ['worker'], expected: name, actual: of(job) }] : []),
  }
}

function ofTags(value: readonly string[]): Asked {
  const of = (job: Job) => job.tags
  const has = (job: Job, tag: unknown) =>
    job.tags.some((own) => (isMatcher(tag) ? tag.asymmetricMatch(own) : own === tag))
  const fits = (job: Job) => value.every((tag) => has(job, tag))

  return {
    name: 'tags',
    value,
    of,
    differences: (job) => (fits(job) ? [] : [{ path: ['tags'], expected: value, actual: of(job) }]),
  }
}

/** Clocks differ a little, and so do the moments at which they are read. */
function near<T>(name: string, given: T | Near<T>, toTime: (value: T) => number): Asked {
  const { value, delta } = isNear(given) ? given : { value: given, delta: { seconds: 1 } }
  const time = toTime(value)
  const of = (job: Job) => job.scheduledAt
  const fits = (job: Job) => Math.abs(of(job).getTime() - time) <= toMilliseconds(delta, `${name}.delta`)

  return {
    name,
    value: given,
    of,
    differences: (job) => (fits(job) ? [] : [{ path: [name], expected: new Date(time), actual: of(job) }]),
  }
}

function isNear<T>(value: T | Near<T>): value is Near<T> {
  return typeof value === 'object' && value !== null && 'value' in value && 'delta' in value
}
