import type { Json, JsonObject } from '@staffa/core'
import { expected, rejectUnknown } from '@staffa/core/plugin'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** The keys that args may have, and those of them that they must. */
export interface KeyLists {
  readonly keys: readonly string[]
  /** Must be there, and neither `null` nor an empty text. Defaults to none. */
  readonly required?: readonly string[] | undefined
}

/** Args that have the keys of these lists. */
export type ListedArgs<Lists extends KeyLists> = {
  readonly [Key in RequiredOf<Lists>]: Exclude<Json, null>
} & { readonly [Key in Exclude<Lists['keys'][number], RequiredOf<Lists>>]?: Json | undefined } extends infer Args
  ? { [Key in keyof Args]: Args[Key] }
  : never

type RequiredOf<Lists extends KeyLists> = Lists extends { readonly required: readonly (infer Key extends string)[] }
  ? Key
  : never

/** Checks the lists themselves: every name a text, none twice, and required ones among the keys. */
export function checkKeyLists(lists: KeyLists): void {
  rejectUnknown('structured()', lists, ['keys', 'required'])
  const { keys, required = [] } = lists
  checkNames(keys, 'keys')
  checkNames(required, 'required')
  const stray = required.find((key) => !keys.includes(key))
  if (stray !== undefined) throw expected('required', `among the keys ${keys.join(', ')}`, stray)
}

/** The issues of args whose unknown keys are set aside already. */
export function missingKeys({ required = [] }: KeyLists, args: JsonObject): readonly StandardSchemaV1.Issue[] {
  return required.filter((key) => isBlank(args, key)).map((key) => ({ path: [key], message: "can't be blank" }))
}

function isBlank(args: JsonObject, key: string): boolean {
  const value = Object.hasOwn(args, key) ? args[key] : undefined

  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function checkNames(names: unknown, option: string): void {
  const fits = Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')
  if (!fits || new Set(names).size < names.length) throw expected(option, 'a list of different keys', names)
}
