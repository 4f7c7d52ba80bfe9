import type { Replace, ReplaceField } from '../job/replace.ts'
import { isJobState, type JobState, jobStates } from '../job/state.ts'
import { expected } from '../support/errors.ts'

/** The fields to replace in a unique job that is there already: one list for all states, or a list a state. */
export type ReplaceOption = readonly ReplaceField[] | Replace

const replaceable: readonly string[] = [
  'args',
  'maxAttempts',
  'meta',
  'priority',
  'queue',
  'scheduledAt',
  'tags',
  'worker',
]

/** Checks the option and writes it out by state. */
export function resolveReplace(option: ReplaceOption | undefined): Replace | undefined {
  if (option === undefined) return undefined
  if (typeof option !== 'object' || option === null) {
    throw expected('replace', 'a list of fields, or an object of lists by state', option)
  }
  const lists = isList(option) ? jobStates.map((state) => [state, option] as const) : Object.entries(option)
  const given = lists.filter(([, fields]) => fields !== undefined)

  return Object.freeze(Object.fromEntries(given.map(([state, fields]) => [state, checked(state, fields)])))
}

function isList(option: ReplaceOption): option is readonly ReplaceField[] {
  return Array.isArray(option)
}

function checked(state: string, fields: unknown): readonly ReplaceField[] {
  if (!isJobState(state)) throw expected('replace', `an object whose keys are states (${jobStates.join(', ')})`, state)
  const valid = Array.isArray(fields) && fields.every((field) => replaceable.includes(field))
  if (!valid) throw expected(`replace.${state satisfies JobState}`, `a list of ${replaceable.join(', ')}`, fields)

  return Object.freeze([...fields])
}
