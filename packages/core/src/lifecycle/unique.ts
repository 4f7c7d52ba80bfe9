import { isJobState, type JobState, type StateGroup, stateGroups } from '../job/state.ts'
import type { Unique, UniqueField } from '../job/unique.ts'
import { type Duration, toPositiveMilliseconds } from '../support/duration.ts'
import { expected, rejectUnknown } from '../support/errors.ts'

/** What makes a job the same as another one, so that only one of them is inserted. */
export interface UniqueOptions {
  /** How far back an equal job counts. Defaults to a minute; `'infinity'` is for ever. */
  readonly period?: Duration | 'infinity' | undefined
  /** The parts that are compared. Defaults to worker, queue and args. */
  readonly fields?: readonly UniqueField[] | undefined
  /** The keys of args and meta that are compared. Defaults to all of them. */
  readonly keys?: readonly string[] | undefined
  /** The states in which an equal job counts, listed or by group. Defaults to `'successful'`. */
  readonly states?: readonly JobState[] | StateGroup | undefined
  /** The time that the period is measured from. Defaults to `'insertedAt'`. */
  readonly timestamp?: 'insertedAt' | 'scheduledAt' | undefined
}

/** Unique options; `true` for all defaults and no end to the period; `false` for not unique. */
export type UniqueOption = UniqueOptions | boolean

const fieldNames: readonly string[] = ['worker', 'queue', 'args', 'meta']

/** Merges the options of a call over those of the worker, key by key; anything but an object replaces them. */
export function mergeUnique(own: UniqueOption | undefined, call: UniqueOption | undefined): UniqueOption | undefined {
  if (call === undefined) return own
  if (typeof own !== 'object' || typeof call !== 'object') return call

  const said = Object.entries(call).filter(([, value]) => value !== undefined)

  return { ...own, ...Object.fromEntries(said) }
}

/** Checks unique options and completes them with defaults. */
export function resolveUnique(option: UniqueOption | undefined): Unique | undefined {
  if (option === undefined || option === false) return undefined
  if (option === true) return resolveUnique({ period: 'infinity' })
  checkShape(option)

  const { period = 60, fields = ['worker', 'queue', 'args'], keys = [], timestamp = 'insertedAt' } = option
  checkFields(fields, keys)
  if (timestamp !== 'insertedAt' && timestamp !== 'scheduledAt') {
    throw expected('unique.timestamp', '"insertedAt" or "scheduledAt"', timestamp)
  }

  return Object.freeze({
    period: period === 'infinity' ? undefined : toPositiveMilliseconds(period, 'unique.period'),
    fields: Object.freeze([...fields]),
    keys: Object.freeze([...keys]),
    states: resolveStates(option.states ?? 'successful'),
    timestamp,
  })
}

function checkShape(option: UniqueOptions): void {
  const shaped = typeof option === 'object' && option !== null && !Array.isArray(option)
  if (!shaped || Object.keys(option).length === 0)
    throw expected('unique', 'true, false or an object of options', option)
  rejectUnknown('unique', option, ['period', 'fields', 'keys', 'states', 'timestamp'])
}

function checkFields(fields: readonly unknown[], keys: readonly unknown[]): void {
  if (!isListOf(fields, (field) => fieldNames.includes(field)) || fields.length === 0) {
    throw expected('unique.fields', 'a list of worker, queue, args and meta', fields)
  }
  if (!isListOf(keys, (key) => key.length > 0)) throw expected('unique.keys', 'a list of names', keys)
  if (keys.length > 0 && !fields.includes('args') && !fields.includes('meta')) {
    throw expected('unique.fields', 'a list with args or meta when there are keys', fields)
  }
}

function resolveStates(states: readonly JobState[] | StateGroup): readonly JobState[] {
  if (typeof states === 'string' && Object.hasOwn(stateGroups, states)) return stateGroups[states]
  if (Array.isArray(states) && states.length > 0 && states.every(isJobState)) return Object.freeze([...states])

  throw expected('unique.states', `one of ${Object.keys(stateGroups).join(', ')}, or a list of states`, states)
}

function isListOf(list: readonly unknown[], test: (item: string) => boolean): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'string' && test(item))
}
