import { toMilliseconds, toPositiveMilliseconds } from '../support/duration.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import { type JobOptions, jobOptionNames } from './options.ts'
import { resolveReplace } from './replace.ts'
import { isStorable, storable } from './storable.ts'
import { resolveUnique } from './unique.ts'

type Rules = { readonly [Name in keyof JobOptions]-?: (value: NonNullable<JobOptions[Name]>) => unknown }

const rules: Rules = {
  queue: (queue) => checkName(queue, 'queue'),
  priority: (priority) => checkInteger(priority, 'priority', { from: 0, to: 9 }),
  maxAttempts: (attempts) => checkInteger(attempts, 'maxAttempts', { from: 1, to: 32_767 }),
  tags: checkTags,
  meta: (meta) => storable(meta, 'meta'),
  unique: resolveUnique,
  replace: resolveReplace,
  timeout: (timeout) => toPositiveMilliseconds(timeout, 'timeout'),
  deadline: (deadline) => toPositiveMilliseconds(deadline, 'deadline'),
  scheduleIn: (delay) => toMilliseconds(delay, 'scheduleIn'),
  scheduledAt: (instant) => checkInstant(instant, 'scheduledAt'),
}

/** Throws for the first job option that is unknown or breaks its rule. */
export function validateJobOptions(options: JobOptions, subject: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw expected(`options of ${subject}`, 'an object', options)
  }
  rejectUnknown(`options of ${subject}`, options, jobOptionNames)

  for (const name of jobOptionNames) {
    const value = options[name]
    if (value !== undefined) (rules[name] as (value: unknown) => unknown)(value)
  }
}

/** Names of workers and queues: what the table's own checks let through. */
export function checkName(name: unknown, option: string): asserts name is string {
  if (!isName(name)) throw expected(option, 'text of 1 to 127 characters', name)
}

/** Tells whether a value can be the name of a worker or a queue. */
export function isName(name: unknown): name is string {
  return typeof name === 'string' && name.trim().length > 0 && [...name].length < 128 && isStorable(name)
}

/** A whole number within bounds, both inclusive. */
export function checkInteger(
  value: unknown,
  option: string,
  { from, to = Number.MAX_SAFE_INTEGER }: { from: number; to?: number },
): asserts value is number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to
  const range = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`
  if (!fits) throw expected(option, `an integer ${range}`, value)
}

/** A date between the years 1 and 9999, which both JavaScript and PostgreSQL can hold. */
export function checkInstant(value: unknown, option: string): asserts value is Date {
  const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN
  if (!(year >= 1 && year <= 9999)) throw expected(option, 'a valid Date', value)
}

/** A list of texts that can be stored. */
export function checkTags(tags: readonly unknown[]): void {
  const fits = Array.isArray(tags) && Array.from(tags).every((tag) => typeof tag === 'string' && isStorable(tag))
  if (!fits) throw expected('tags', 'a list of words', tags)
}
