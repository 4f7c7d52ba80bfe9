import { randomUUID } from 'node:crypto'
import type { JobContext, JsonObject, Next, Outcome, Plugin } from '@staffa/core'
import { isPromise, recovering, sharing } from '@staffa/core/internal'
import { StaffaError } from '@staffa/core/plugin'
import { encodeResult } from './encoding.ts'
import { type RecordedOptions, resolveOptions, type Settings } from './options.ts'
import { announce } from './settled-notice.ts'
import { type Storage, storageFailed } from './storage/storage.ts'

/** In the context of a worker that keeps its results: what lets them be fetched. */
export interface Recording {
  readonly recording: true
}

/** Where a plugin of this package keeps its settings. Shared between copies of it. */
export const settingsKey: unique symbol = Symbol.for('staffa.recorded') as never

/** The plugin, with what fetching must know of it. */
export interface RecordedPlugin extends Plugin<Unrecorded, Recording> {
  readonly [settingsKey]: Settings
}

/** A context in which no outer layer records yet. */
export type Unrecorded = JobContext & { readonly recording?: never }

/**
 * Keeps what a worker returns, so that it can be fetched, or waited for.
 *
 * Only jobs that complete are recorded, and only those that return something. What cannot be kept fails the attempt,
 * after its work was done.
 */
export function recorded(options: RecordedOptions = {}): RecordedPlugin {
  const settings = resolveOptions(options)
  const marked = sharing(({ [settings.to]: _result, storage: _storage, size: _size, ...meta }: JsonObject) =>
    Object.freeze({ ...meta, recorded: true }),
  )

  return {
    plugin: 'recorded',
    [settingsKey]: settings,

    insert: (job) => Object.freeze({ ...job, meta: marked(job.meta) }),

    execute: (context, next) => record(context, next, settings),

    settle: announce,
  }
}

/** Waits only for what takes its time: all of it runs once for each job. */
async function record(context: JobContext, next: Next, settings: Settings): Promise<Outcome<Recording>> {
  const outcome = await next<Recording>({ recording: true })
  if (outcome.kind !== 'completed') return outcome
  const encoding = outcome.value === undefined ? undefined : encoded(outcome.value, context, settings)
  const text = isPromise(encoding) ? await encoding : encoding
  const result = text === undefined ? nothing : kept(await context.seal(text), context, settings)
  const meta = { ...cleared(context.job.meta, settings), ...(isPromise(result) ? await result : result) }
  const forgotten = forget(context, settings)
  if (forgotten) await forgotten

  return Object.keys(meta).length > 0 ? Object.freeze({ ...outcome, meta: { ...outcome.meta, ...meta } }) : outcome
}

/** A job that completes again must not seem to have returned what it did before. */
function cleared(meta: JsonObject, { to }: Settings): JsonObject {
  const stale = [to, 'storage', 'size'].filter((key) => Object.hasOwn(meta, key))

  return stale.length > 0 ? Object.fromEntries(stale.map((key) => [key, null])) : nothing
}

const nothing: JsonObject = Object.freeze({})

function kept(text: string, { job, logger }: JobContext, settings: Settings): JsonObject | Promise<JsonObject> {
  const { limit, to, storage, onOversize } = settings
  const size = Buffer.byteLength(text)
  if (size > limit && onOversize === 'error') throw tooLarge({ worker: job.worker, size, limit })
  if (size > limit) {
    logger.warn({ size, limit }, 'the result is too large, and was not recorded')

    return nothing
  }

  return storage ? putInto(storage, { text, size, id: job.id, to }) : { [to]: text }
}

interface Put {
  readonly text: string
  readonly size: number
  readonly id: number
  readonly to: string
}

async function putInto(storage: Storage, { text, size, id, to }: Put): Promise<JsonObject> {
  const key = `${id}-${randomUUID()}`
  await storage.put(key, Buffer.from(text)).catch((cause) => {
    throw storageFailed(storage.name, cause)
  })

  return { [to]: key, storage: storage.name, size }
}

/** At once, unless the codec or packing takes its time. */
function encoded(value: unknown, context: JobContext, { codec }: Settings): string | Promise<string> {
  return recovering(
    () => encodeResult(value, codec),
    (error) => {
      throw unencodable(error, context)
    },
  )
}

function unencodable(error: unknown, { job: { worker }, confidential }: JobContext): StaffaError {
  const reason = confidential ? 'it cannot' : reasonOf(error)
  const message = `expected ${worker} to return what its codec can hold: ${reason}`

  return new StaffaError('INVALID_RESULT', message, { data: { worker } })
}

/** In words, and not as the cause: devalue's errors hold the value that they are about. */
function reasonOf(error: unknown): string {
  const { message, path } = error as { readonly message?: unknown; readonly path?: unknown }

  return typeof path === 'string' && path !== '' ? `${message} at ${path}` : String(message)
}

function tooLarge(data: { readonly worker: string; readonly size: number; readonly limit: number }): StaffaError {
  const { worker, size, limit } = data
  const message = `expected the result of ${worker} to take at most ${limit} bytes, got ${size}: larger than the limit`

  return new StaffaError('RESULT_TOO_LARGE', message, { data })
}

/** What an earlier run left in the storage. A failure leaves it there, and no more. */
function forget({ job, logger }: JobContext, { to, storage }: Settings): void | Promise<void> {
  const key = job.meta[to]
  if (!storage || job.meta.storage !== storage.name || typeof key !== 'string') return

  return storage.delete(key).catch((error) => logger.warn({ error, key }, 'an earlier result could not be deleted'))
}
