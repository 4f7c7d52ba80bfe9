import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

/** What a schema tells about its input, if it can: those that speak Standard JSON Schema do. */
export interface Introspection {
  /** The keys of the object; undefined when the schema cannot tell, or when they are not a fixed list. */
  readonly keys: ReadonlySet<string> | undefined
  /** A type in there that JSON cannot hold, such as `date`. */
  readonly unstorable: string | undefined
}

/** Asks a schema about its input. None of the user's own checks runs. */
export function introspect(schema: StandardSchemaV1): Introspection {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
  const met: string[] = []
  const libraryOptions = watching((type) => void met.push(type))

  try {
    const input = jsonSchema?.input({ target: 'draft-2020-12', libraryOptions }) ?? {}

    return { keys: keysOf(input), unstorable: met.find((type) => strangers.has(type)) }
  } catch {
    return { keys: undefined, unstorable: undefined } // something that the library cannot convert
  }
}

const strangers = new Set(['date', 'bigint', 'map', 'set', 'symbol', 'function', 'promise', 'file', 'blob', 'proto'])

/**
 * Lets zod, valibot and arktype go on where a type has no JSON Schema, and tell which types they meet. Each reads its
 * own options, and passes over those of the others.
 */
function watching(meet: (type: string) => void): Record<string, unknown> {
  return {
    unrepresentable: 'any',
    override: ({ zodSchema }: ZodVisit) => {
      const { type, coerce } = zodSchema._zod.def
      if (!coerce) meet(type)
    },
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }: ValibotVisit): undefined => void meet(valibotSchema.type),
    fallback: ({ code, domain = code, base }: ArkVisit) => {
      meet(domain)

      return base
    },
  }
}

interface ZodVisit {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string; readonly coerce?: boolean } } }
}

interface ValibotVisit {
  readonly valibotSchema: { readonly type: string }
}

interface ArkVisit {
  readonly code: string
  readonly domain?: string
  readonly base: object
}

function keysOf({ type, properties, ...rest }: Readonly<Record<string, unknown>>): ReadonlySet<string> | undefined {
  return type === 'object' && isObject(properties) && isClosed(rest) ? new Set(Object.keys(properties)) : undefined
}

/** Patterns, references, and rules for further keys make other keys known too. */
function isClosed(rest: Readonly<Record<string, unknown>>): boolean {
  const { additionalProperties: further = false, ...others } = rest
  const open = ['patternProperties', 'propertyNames', '$ref', 'anyOf', 'oneOf', 'allOf'].some((name) => name in others)

  return !open && (typeof further === 'boolean' || (isObject(further) && Object.keys(further).length === 0))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
