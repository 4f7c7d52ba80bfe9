import type { JsonObject } from '@staffa/core'
import { whenReady } from '@staffa/core/internal'
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

/** At once, unless the schema takes its time. */
export type Check = (args: JsonObject) => Checked | Promise<Checked>

/** Makes the check of a shape, once, when the worker is defined. */
export function checker(shape: Shape, policy: UnknownKeys | undefined): Check {
  if (isSchema(shape)) return schemaChecker(shape, policy)
  if (typeof shape !== 'object' || shape === null || !('keys' in shape)) {
    throw expected('the shape of the args', 'a Standard Schema, or an object with keys', shape)
  }

  checkKeyLists(shape)
  return sorting((args) => listed(shape, args), { known: new Set(shape.keys), policy: policy ?? 'error' })
}

function schemaChecker(schema: StandardSchemaV1, policy: UnknownKeys | undefined): Check {
  const { keys: known, unstorable } = introspect(schema)
  if (unstorable) throw expected('the schema', 'one whose input JSON can hold', `a type in it: ${unstorable}`)
  const validate: Validate = (args) => schema['~standard'].validate(copyOf(args))
  if (policy === undefined) return plain(validate)
  if (known) return sorting(validate, { known, policy })

  throw new StaffaError(
    'INVALID_OPTION',
    "expected a schema that tells its keys, as unknownKeys needs: an object's, of a library that speaks Standard JSON " +
      "Schema; got one that does not. Leave unknownKeys out, and use the library's own strict or loose objects",
    { data: { option: 'unknownKeys' } },
  )
}

type Result = StandardSchemaV1.Result<unknown>

type Validate = (args: JsonObject) => Result | Promise<Result>

function plain(validate: Validate): Check {
  return (args) => whenReady(validate(args), (result) => toChecked(args, result))
}

const noIssues: readonly StandardSchemaV1.Issue[] = Object.freeze([])

function toChecked(input: JsonObject, result: Result): Checked {
  return { issues: result.issues ?? noIssues, input, output: result.issues ? undefined : result.value }
}

interface Sorting {
  readonly known: ReadonlySet<string>
  readonly policy: UnknownKeys
}

/** Shows the schema only the keys that it knows: its own opinion of others does not count. */
function sorting(validate: Validate, { known, policy }: Sorting): Check {
  const check = plain(validate)

  return (args) => {
    const strange = Object.keys(args).filter((key) => !known.has(key))
    if (strange.length === 0) return check(args)
    const ordinary = check(pick(args, (key) => known.has(key)))

    return whenReady(ordinary, (checked) => sorted(checked, { args, strange, policy }))
  }
}

interface Strange {
  readonly args: JsonObject
  readonly strange: readonly string[]
  readonly policy: UnknownKeys
}

function sorted({ issues, input, output }: Checked, { args, strange, policy }: Strange): Checked {
  if (policy === 'strip') return { issues, input, output }
  if (policy === 'error') return { issues: [...strange.map(unexpected), ...issues], input: args, output }
  const passed = pick(args, (key) => strange.includes(key))

  return { issues, input: args, output: { ...passed, ...(output as object) } }
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

  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(value)) put(copied, key, copyOf(value[key as never]))

  return copied as Value
}

/** Assigning to this one key would change what the object inherits. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** ArkType's schemas are functions. */
function isSchema(shape: unknown): shape is StandardSchemaV1 {
  const standard = (shape as { readonly '~standard'?: unknown } | null | undefined)?.['~standard']
  if (typeof standard !== 'object' || standard === null) return false

  return 'validate' in standard && typeof standard.validate === 'function'
}
