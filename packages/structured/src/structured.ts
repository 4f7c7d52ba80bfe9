import type { Encoded, JobContext, JsonObject, NewJob, Plugin } from '@staffa/core'
import { marking, promised, whenReady } from '@staffa/core/internal'
import { expected, rejectUnknown, StaffaError, workerOf } from '@staffa/core/plugin'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checker, type UnknownKeys } from './checker.ts'
import type { ArgsOf, InputOf, Shape, Storable } from './shape.ts'

export type { UnknownKeys }

export interface StructuredOptions {
  /**
   * What becomes of keys of the args that the shape does not know: an issue, left out, or handed on unchecked.
   * Defaults to what the schema itself does, and to `error` for lists of keys.
   */
  readonly unknownKeys?: UnknownKeys | undefined
}

/** One thing that is wrong with args. An `INVALID_ARGS` error has a list of them as `data.issues`. */
export interface ArgsIssue {
  /** Where, from the args inwards; empty for the args themselves. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * Checks args when a job is inserted, and parses them before it runs.
 *
 * The schema's input is what callers pass and what is stored; its output is what the worker's function sees. A stored
 * job that no longer fits fails its attempt without running, and is retried: a newer or older program may fit it.
 */
export function structured<const S extends Shape>(
  shape: S & Storable<S>,
  options: StructuredOptions = {},
): Plugin<JobContext<Encoded>, { readonly args: ArgsOf<S> }, InputOf<S>> {
  const check = checker(shape, policyOf(options))

  return {
    plugin: 'structured',

    insert: (job) =>
      whenReady(check(job.args), ({ issues, input }) => {
        if (issues.length > 0) throw invalidArgs(job.worker, issues, isProtected(job))

        return Object.freeze({ ...job, args: input, meta: marked(job.meta) })
      }),

    execute: ({ args, job, confidential }, next) =>
      promised(() =>
        whenReady(check(args as unknown as JsonObject), ({ issues, output }) => {
          if (issues.length > 0) throw invalidArgs(job.worker, issues, confidential)

          return next({ args: output as ArgsOf<S> })
        }),
      ),
  }
}

const marked = marking('structured')

function policyOf(options: StructuredOptions): UnknownKeys | undefined {
  rejectUnknown('structured()', options, ['unknownKeys'])
  const { unknownKeys } = options
  if (unknownKeys === undefined || ['error', 'strip', 'pass'].includes(unknownKeys)) return unknownKeys

  throw expected('unknownKeys', '"error", "strip" or "pass"', unknownKeys)
}

/** Where args are secret, issues tell only their places: libraries like to quote what they found there. */
function invalidArgs(
  worker: string,
  found: readonly StandardSchemaV1.Issue[],
  secret: boolean | undefined,
): StaffaError<'INVALID_ARGS'> {
  const issues = found.map((issue) => toIssue(issue, secret))
  const list = issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))

  return new StaffaError('INVALID_ARGS', `expected args to fit ${worker}, got ${list.join('; ')}`, {
    data: { worker, issues },
  })
}

function toIssue({ path = [], message }: StandardSchemaV1.Issue, secret: boolean | undefined): ArgsIssue {
  const keys = Array.from(path, (segment) => (typeof segment === 'object' ? segment.key : segment))

  return {
    path: keys.map((key) => (typeof key === 'number' ? key : String(key))),
    message: secret ? 'does not fit' : message,
  }
}

/** At insertion the context is not there to tell, but the worker's own layers are. */
function isProtected(job: NewJob): boolean {
  return workerOf(job)?.stack.some(({ protect }) => protect) ?? false
}
