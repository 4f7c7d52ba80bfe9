import { randomUUID } from 'node:crypto'
import type { JobContext, JsonObject, Outcome, Plugin } from '@staffa/core'
import { StaffaError } from '@staffa/core/plugin'
import { encodeResult } from './encoding.ts'
import { type RecordedOptions, resolveOptions, type Settings } from './options.ts'
import { announce } from './settled-notice.ts'
import { storageFailed } from './storage/storage.ts'

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

  return {
    plugin: 'recorded',
    [settingsKey]: settings,

    insert: (job) => {
      const { [settings.to]: _result, storage: _storage, size: _size, ...meta } = job.meta

      return Object.freeze({ ...job, meta: Object.freeze({ ...meta, recorded: true }) })
    },

    execute: async (context, next) => {
      const outcome = await next<Recording>({ recording: true })

      return outcome.kind === 'completed' ? record(outcome, context, settings) : outcome
    },

    settle: announce,
  }
}

type Completed<Adds> = Outcome<Adds> & { readonly kind: 'completed' }

async function record<Adds>(outcome: Completed<Adds>, context: JobContext, settings: Settings): Promise<Outcome<Adds>> {
  const before = cleared(context.job.meta, settings)
  const now = outcome.value === undefined ? {} : await kept(outcome.value, context, settings)
  const meta = { ...before, ...now }
  await forget(context, settings)

  return Object.keys(meta).length > 0 ? Object.freeze({ ...outcome, meta: { ...outcome.meta, ...meta } }) : outcome
}

/** A job that completes again must not seem to have returned what it did before. */
function cleared(meta: JsonObject, { to }: Settings): JsonObject {
  const stale = [to, 'storage', 'size'].filter((key) => Object.hasOwn(meta, key))

  return Object.fromEntries(stale.map((key) => [key, null]))
}

async function kept(value: unknown, context: JobContext, settings: Settings): Promise<JsonObject> {
  const { job, logger } = context
  const { limit, to, storage, onOversize } = settings
  const text = await context.seal(await encode(value, context, settings))
  const size = Buffer.byteLength(text)
  if (size > limit && onOversize === 'error') throw tooLarge({ worker: job.worker, size, limit })
  if (size > limit) {
    logger.warn({ size, limit }, 'the result is too large, and was not recorded')

    return {}
  }
  if (!storage) return { [to]: text }
  const key = `${job.id}-${randomUUID()}`
  await storage.put(key, Buffer.from(text)).catch((cause) => {
    throw storageFailed(storage.name, cause)
  })

  return { [to]: key, storage: storage.name, size }
}

async function encode(value: unknown, { job, confidential }: JobContext, { codec }: Settings): Promise<string> {
  const { worker } = job
  try {
    return await encodeResult(value, codec)
  } catch (error) {
    const reason = confidential ? 'it cannot' : reasonOf(error)

    throw new StaffaError('INVALID_RESULT', `expected ${worker} to return what its codec can hold: ${reason}`, {
      data: { worker },
    })
  }
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
async function forget({ job, logger }: JobContext, { to, storage }: Settings): Promise<void> {
  const key = job.meta[to]
  if (!storage || job.meta.storage !== storage.name || typeof key !== 'string') return

  await storage.delete(key).catch((error) => logger.warn({ error, key }, 'an earlier result could not be deleted'))
}
