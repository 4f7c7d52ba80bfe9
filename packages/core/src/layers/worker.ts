import { definition, type Encoded, type NewJob } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import { complete, isOutcome, type Outcome } from '../job/outcome.ts'
import { describe } from '../lifecycle/describe.ts'
import type { JobOptions } from '../lifecycle/options.ts'
import { expected } from '../support/errors.ts'
import { promised, whenReady } from '../support/promises.ts'
import type { Overwrite, Simplify } from '../support/types.ts'
import type { Handler } from './compose.ts'
import type { AnyPlugin, JobContext, Layer, RawContext, Untouched } from './plugin.ts'
import { jobDefaults, resolveWorkerOptions, type WorkerOptions } from './worker-options.ts'

/** What `process` yields once outcomes such as `snooze()` are set aside. */
export type ResultOf<Returned> = Exclude<Awaited<Returned>, Outcome>

/** A named function that jobs can be made for. */
// biome-ignore lint/suspicious/noExplicitAny: any worker at all, as registries hold them
export interface Worker<in Input = any, out Context extends object = any, out Result = any> {
  readonly name: string
  readonly options: WorkerOptions
  /** The layers, from the database towards the function. */
  readonly stack: readonly AnyPlugin[]
  /** The function itself, without its layers. */
  readonly handler: Handler
  /** Describes a job; nothing is written until it is inserted. */
  readonly new: (args: Input, options?: JobOptions) => NewJob<Result>
  readonly '~context'?: Context
  readonly '~result'?: Result
}

/** A worker in the making. Each step returns a new builder, so a half-built one can be shared. */
export interface WorkerBuilder<Input, Context extends object> {
  /** Adds a layer inside the ones that are there already. */
  use<Adds extends object, In = Untouched>(
    layer: Layer<Context, Adds, In>,
  ): WorkerBuilder<In extends Untouched ? Input : In, Overwrite<Context, Adds>>

  /** States the type of the args. Nothing checks them: see `@staffa/structured` for that. */
  typed<Args extends object>(
    ...unchecked: Context extends { readonly args: Encoded } ? [] : ['the args are already parsed here']
  ): WorkerBuilder<Args, Overwrite<Context, { readonly args: Args }>>

  /** Ends the stack with the job's own work. What it returns is the result, unless it is an outcome. */
  process<Returned>(handler: (context: Simplify<Context>) => Returned): Worker<Input, Context, ResultOf<Returned>>
}

/** Begins a worker. Options are checked at once. */
export function worker(options: WorkerOptions): WorkerBuilder<JsonObject, RawContext> {
  return builder(resolveWorkerOptions(options), [])
}

// biome-ignore lint/suspicious/noExplicitAny: one implementation behind every shape of the builder
function builder(options: WorkerOptions, stack: readonly AnyPlugin[]): WorkerBuilder<any, any> {
  return Object.freeze({
    use: (layer: unknown) => builder(options, [...stack, toPlugin(layer, options)]),
    typed: () => builder(options, stack),
    process: (handler: (context: never) => unknown) => finish(options, stack, handler),
  })
}

function finish(options: WorkerOptions, stack: readonly AnyPlugin[], handler: (context: never) => unknown): Worker {
  if (typeof handler !== 'function') throw expected(`process of worker ${options.name}`, 'a function', handler)
  const finished: Worker = Object.freeze({
    name: options.name,
    options,
    stack: Object.freeze(stack),
    handler: (context: JobContext) => promised(() => whenReady(handler(context as never), toOutcome)),
    new: (args: unknown, call?: JobOptions) => describe(describing, args, call),
  })
  const describing = { name: options.name, defaults: jobDefaults(options), definition: finished }

  return finished
}

/** The worker that described a job, if it was one. */
export function workerOf(job: NewJob): Worker | undefined {
  return job[definition] as Worker | undefined
}

function toPlugin(layer: unknown, { name }: WorkerOptions): AnyPlugin {
  if (typeof layer === 'function') return { plugin: layer.name || 'middleware', execute: layer as never }
  if (isPlugin(layer)) return layer

  throw expected(`a layer of worker ${name}`, 'a plugin or a function', layer)
}

/** Tells whether a value can be a layer: its parts are there as functions, or not at all. */
export function isPlugin(layer: unknown): layer is AnyPlugin {
  if (typeof layer !== 'object' || layer === null) return false
  const { plugin, insert, execute, settle, protect } = layer as Readonly<Record<string, unknown>>

  return (
    typeof plugin === 'string' &&
    [insert, execute, settle].every((part) => ['undefined', 'function'].includes(typeof part)) &&
    (protect === undefined || isProtection(protect))
  )
}

function isProtection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { seal, open } = value as Readonly<Record<string, unknown>>

  return typeof seal === 'function' && typeof open === 'function'
}

function toOutcome(value: unknown): Outcome {
  return isOutcome(value) ? value : complete(value)
}
