import type { JsonObject } from '@staffa/core'
import { expected, StaffaError } from '@staffa/core/plugin'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { introspect } from './introspection.ts'
import { checkKeyLists, type KeyLists, missingKeys } from './key-lists.ts'
import type { Shape } from './shape.ts'

/** What becomes of keys that the shape does not know. */
export type UnknownKeys = 'error' | 'strip' | 'pass'

/** Args that were looked at: what is wrong with them, or what they are. */
export interface Checked {
  readonly issues: readonly StandardSchemaV1.Issue[]
  /** What to store: the args that were given, but for what was stripped. */
  readonly input: JsonObject
  /** What the worker's function sees. */
  readonly output: unknown
}

export type Check = (args: JsonObject) => Promise<Checked>

/** Makes the check of a shape, once, when the worker is defined. */
export function checker(shape: Shape, policy: UnknownKeys | undefined): Check {
  if (isSchema(shape)) return schemaChecker(shape, policy)
  if (typeof shape !== 'object' || shape === null || !('keys' in shape)) {
    throw expected('the shape of the args', 'a Standard Schema, or an object with keys', shape)
  }

  checkKeyLists(shape)
  return sorting(async (args) => listed(shape, args), { known: new Set(shape.keys), policy: policy ?? 'error' })
}

function schemaChecker(schema: StandardSchemaV1, policy: UnknownKeys | undefined): Check {
  const { keys: known, unstorable } = introspect(schema)
  if (unstorable) throw expected('the schema', 'one whose input JSON can hold', `a type in it: ${unstorable}`)
  const validate = async (args: JsonObject) => schema['~standard'].validate(copyOf(args))
  if (policy === undefined) return plain(validate)
  if (known) return sorting(validate, { known, policy })

  throw new StaffaError(
    'INVALID_OPTION',
    "expected a schema that tells its keys, as unknownKeys needs: an object's, of a library that speaks Standard JSON " +
      "Schema; got one that does not. Leave unknownKeys out, and use the library's own strict or loose objects",
    { data: { option: 'unknownKeys' } },
  )
}

type Validate = (args: JsonObject) => Promise<StandardSchemaV1.Result<unknown>>

function plain(validate: Validate): Check {
  return async (args) => {
    const result = await validate(args)

    return { issues: result.issues ?? [], input: args, output: result.issues ? undefined : result.value }
  }
}

interface Sorting {
  readonly known: ReadonlySet<string>
  readonly policy: UnknownKeys
}

/** Shows the schema only the keys that it knows: its own opinion of others does not count. */
function sorting(validate: Validate, { known, policy }: Sorting): Check {
  const check = plain(validate)

  return async (args) => {
    const strange = Object.keys(args).filter((key) => !known.has(key))
    if (strange.length === 0) return check(args)
    const { issues, input, output } = await check(pick(args, (key) => known.has(key)))
    if (policy === 'strip') return { issues, input, output }
    if (policy === 'error') return { issues: [...strange.map(unexpected), ...issues], input: args, output }

    return { issues, input: args, output: { ...pick(args, (key) => !known.has(key)), ...(output as object) } }
  }
}

function unexpected(key: string): StandardSchemaV1.Issue {
  return { path: [key], message: 'unexpected key' }
}

function listed(lists: KeyLists, args: JsonObject): StandardSchemaV1.Result<unknown> {
  const issues = missingKeys(lists, args)

  return issues.length > 0 ? { issues } : { value: args }
}

function pick(args: JsonObject, wanted: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([key]) => wanted(key)))
}

/** Args are frozen, and ArkType writes what it parses into the object that it was given. */
function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf) as Value

  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)])) as Value
}

/** ArkType's schemas are functions. */
function isSchema(shape: unknown): shape is StandardSchemaV1 {
  const standard = (shape as { readonly '~standard'?: unknown } | null | undefined)?.['~standard']
  if (typeof standard !== 'object' || standard === null) return false

  return 'validate' in standard && typeof standard.validate === 'function'
}
