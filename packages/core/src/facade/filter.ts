import type { JobFilter } from '../engine/filter.ts'
import { isJobState } from '../job/state.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import { isObject } from './checks.ts'

type Test = (value: unknown) => boolean

const isText: Test = (value) => typeof value === 'string' && !value.includes('\0')
const isId: Test = (value) => Number.isSafeInteger(value) && (value as number) > 0
const isWhole: Test = (value) => Number.isSafeInteger(value)
const isJson: Test = (value) => isObject(value) && !Array.isArray(value)

const oneOrMore = (test: Test): Test => {
  return (value) => (Array.isArray(value) ? value.length > 0 && value.every(test) : test(value))
}

const tests: Readonly<Record<keyof JobFilter, readonly [test: Test, rule: string]>> = {
  id: [oneOrMore(isId), 'an id, or a list of them'],
  state: [oneOrMore(isJobState), 'a state, or a list of them'],
  queue: [oneOrMore(isText), 'the name of a queue, or a list of them'],
  worker: [oneOrMore(isText), 'the name of a worker, or a list of them'],
  priority: [oneOrMore(isWhole), 'a priority, or a list of them'],
  tags: [(value) => Array.isArray(value) && value.length > 0 && value.every(isText), 'a list of words'],
  args: [isJson, 'an object that the args contain'],
  meta: [isJson, 'an object that the meta contains'],
}

/** Checks a filter. Returns it without the fields that are undefined. */
export function checkFilter(filter: unknown, verb: string, others: readonly string[] = []): JobFilter {
  if (!isJson(filter)) throw expected(`the filter of ${verb}`, 'an object', filter)
  rejectUnknown(verb, filter as object, [...Object.keys(tests), ...others])
  const given = Object.entries(filter as object).filter(([name, value]) => name in tests && value !== undefined)
  for (const [name, value] of given) {
    const [test, rule] = tests[name as keyof JobFilter]
    if (!test(value)) throw expected(`${verb}: ${name}`, rule, value)
  }

  return Object.fromEntries(given)
}

/** Checks a filter that chooses jobs to change: one that says nothing would choose them all. */
export function checkChoice(filter: unknown, verb: string): JobFilter {
  const checked = checkFilter(filter, verb)
  if (Object.keys(checked).length > 0) return checked

  throw expected(`the filter of ${verb}`, 'an object with at least one field', filter)
}
