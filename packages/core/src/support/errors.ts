import { inspect } from 'node:util'
import { suggestion } from './suggestion.ts'

/** The codes that core throws. Plugins add their own. */
export type CoreErrorCode =
  | 'INVALID_OPTION'
  | 'UNKNOWN_OPTION'
  | 'INVALID_ARGS'
  | 'INVALID_META'
  | 'INVALID_RESULT'
  | 'INVALID_TRANSACTION'
  | 'UNKNOWN_WORKER'
  | 'DUPLICATE_WORKER'
  | 'DUPLICATE_QUEUE'
  | 'UNKNOWN_QUEUE'
  | 'NEXT_CALLED_TWICE'
  | 'NOT_MIGRATED'
  | 'MIGRATION_FAILED'
  | 'DATABASE_FAILED'
  | 'STOPPED'
  | 'CANCELLED'
  | 'TIMEOUT'
  | 'DEADLINE'
  | 'SHUTDOWN'
  | 'LOST'

export interface StaffaErrorOptions {
  /** Facts for programs: never args or secrets. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/** The one error class of Staffa. Tell errors apart by `code`, since two copies of a package may meet. */
export class StaffaError<Code extends string = string> extends Error {
  override readonly name = 'StaffaError'
  readonly code: Code
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: Code, message: string, { data = {}, cause }: StaffaErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.data = Object.freeze({ ...data })
  }
}

/** Tells whether a value is a `StaffaError`, with the given code if there is one. */
export function isStaffaError<Code extends string = string>(value: unknown, code?: Code): value is StaffaError<Code> {
  if (!(value instanceof Error) || value.name !== 'StaffaError' || !('code' in value)) return false

  return code === undefined || value.code === code
}

/** Makes the error for an option that breaks its rule: expected this to be that, got something else. */
export function expected(option: string, rule: string, got: unknown): StaffaError<'INVALID_OPTION'> {
  return new StaffaError('INVALID_OPTION', `expected ${option} to be ${rule}, got ${show(got)}`, { data: { option } })
}

/** Throws for the first key that is not among the known ones, with the one that was perhaps meant. */
export function rejectUnknown(subject: string, given: object, known: readonly string[]): void {
  const key = Object.keys(given).find((candidate) => !known.includes(candidate))
  if (key === undefined) return

  throw new StaffaError('UNKNOWN_OPTION', `unknown option ${show(key)} in ${subject}${suggestion(key, known)}`, {
    data: { option: key },
  })
}

/** Prints a value for a message, cut to a readable length. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity })

  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
