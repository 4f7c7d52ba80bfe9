import { expected, rejectUnknown } from '@staffa/core/plugin'
import type { CodecOption } from './encoding.ts'
import type { Storage } from './storage/storage.ts'

export interface RecordedOptions {
  /** The most bytes that a result may take where it is stored, packed and encoded. Defaults to 32,000; in a storage of its own, 64,000,000. */
  readonly limit?: number | undefined
  /** The key of the job's meta that holds the result. Defaults to `return`, which is where Oban's programs look. */
  readonly to?: string | undefined
  /**
   * How results are written: `erlang` for those that Elixir and Python programs and Oban Web read, or a codec of your
   * own. Defaults to `javascript`, which holds more types. What either wrote is read whatever is said here.
   */
  readonly codec?: CodecOption | undefined
  /** Where results are kept. Defaults to the job's meta. */
  readonly storage?: Storage | undefined
  /** Whether a result that is too large fails the attempt, or is left out with a warning. Defaults to `error`. */
  readonly onOversize?: 'error' | 'skip' | undefined
}

/** The options, checked and complete. */
export interface Settings {
  readonly limit: number
  readonly to: string
  readonly codec: CodecOption
  readonly storage: Storage | undefined
  readonly onOversize: 'error' | 'skip'
}

/** Other words of the meta that Staffa and Oban give a meaning to. */
const taken = [
  'recorded',
  'structured',
  'encrypted',
  'storage',
  'size',
  'settles',
  'fingerprint',
  'timeout',
  'deadline',
]

/** Checks the options when the worker is defined. */
export function resolveOptions(options: RecordedOptions): Settings {
  if (typeof options !== 'object' || options === null) throw expected('options of recorded()', 'an object', options)
  rejectUnknown('recorded()', options, ['limit', 'to', 'codec', 'storage', 'onOversize'])
  const { to = 'return', codec = 'javascript', storage, onOversize = 'error' } = options
  const { limit = storage ? 64_000_000 : 32_000 } = options

  if (!Number.isSafeInteger(limit) || limit < 1) throw expected('limit', 'a number of bytes', limit)
  if (typeof to !== 'string' || !/^\w{1,100}$/.test(to) || taken.includes(to) || to === '__proto__') {
    throw expected('to', 'a word that has no other meaning in meta', to)
  }
  if (codec !== 'javascript' && codec !== 'erlang' && !hasMethods(codec, ['encode', 'decode'])) {
    throw expected('codec', '"javascript", "erlang", or an object with encode and decode', codec)
  }
  if (storage !== undefined && !(hasMethods(storage, ['put', 'get', 'delete']) && typeof storage.name === 'string')) {
    throw expected('storage', 'an object with a name, put, get and delete', storage)
  }
  if (onOversize !== 'error' && onOversize !== 'skip') throw expected('onOversize', '"error" or "skip"', onOversize)

  return Object.freeze({ limit, to, codec, storage, onOversize })
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false

  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
