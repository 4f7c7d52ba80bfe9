import { randomBytes } from 'node:crypto'
import { cancel, complete, discard, fail, snooze, type Worker, worker } from '@staffa/core'
import { fingerprint, type Plugin } from '@staffa/core/plugin'
import { hooks } from '@staffa/hooks'
import { type RecordedOptions, recorded } from '@staffa/recorded'
import { structured } from '@staffa/structured'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type EncryptedOptions, generateKey, type Stored } from '../src/index.ts'

const word = (name: string) => `${name}-${randomBytes(9).toString('hex')}`

export const key: string = generateKey()
export const otherKey: string = generateKey()
export const args = { who: word('args'), nested: { list: [word('nested')], [word('name')]: true } }
export const result: string = word('result')

/** Makes the layer that encrypts, or one that does not, for comparison. */
export type Lock = (options: EncryptedOptions) => Plugin<Stored>

export interface Paths {
  readonly lock: Lock
  /** Whether these workers are of another version than those that inserted the jobs. */
  readonly drifted?: boolean | undefined
}

/** What becomes of the job of each worker. */
export const ends: Readonly<Record<string, string>> = {
  completes: 'completed',
  unique: 'completed',
  throws: 'discarded',
  fails: 'discarded',
  cancels: 'cancelled',
  discards: 'discarded',
  snoozes: 'scheduled',
  'times-out': 'discarded',
  unstorable: 'discarded',
  misreads: 'discarded',
  oversize: 'discarded',
  uncodable: 'discarded',
  drifted: 'discarded',
  ring: 'discarded',
  waits: 'scheduled',
  wrong: 'discarded',
  unfetched: 'discarded',
  malformed: 'discarded',
  tampered: 'discarded',
  plain: 'discarded',
}

/** Workers that each take one path, with all four layers. */
export function workersOf({ lock, drifted = false }: Paths): readonly Worker[] {
  const ring = { current: () => ({ id: 'new', key }), get: () => undefined }
  const with4 = (name: string, { encrypts = lock({ key }), keeps = {}, ...options }: Options = {}) =>
    worker({ name, maxAttempts: 1, ...options })
      .use(encrypts)
      .use(structured(picky(name === 'drifted' && drifted)))
      .use(recorded(keeps))
      .use(hooks({ afterProcess: () => Promise.reject(new Error('neutral')) }))

  return [
    with4('completes').process(() => result),
    with4('unique', { unique: true }).process(() => result),
    with4('throws').process(() => Promise.reject(new Error('neutral'))),
    with4('fails').process(() => fail('neutral')),
    with4('cancels').process(() => cancel('neutral')),
    with4('discards').process(() => discard('neutral')),
    with4('snoozes').process(() => snooze({ hours: 1 })),
    with4('times-out', { timeout: { milliseconds: 20 } }).process(untilAborted),
    with4('unstorable').process(() => ({ ...complete(result), meta: { at: new Date() as never } })),
    with4('misreads').process(() => JSON.parse('{') as never),
    with4('oversize', { keeps: { limit: 10 } }).process(() => result),
    with4('uncodable').process(() => ({ result, never: () => result })),
    with4('drifted').process(() => result),
    with4('ring', { encrypts: lock({ keyring: ring }) }).process(() => result),
    with4('waits', { encrypts: lock({ keyring: ring, onMissingKey: { snooze: 60 } }) }).process(() => result),
    with4('wrong', { encrypts: lock({ key: otherKey }) }).process(() => result),
    with4('unfetched', { encrypts: lock({ key: () => refuse(key) }) }).process(() => result),
    with4('malformed', { encrypts: lock({ key: () => `${key}${otherKey}` }) }).process(() => result),
    with4('tampered').process(() => result),
    with4('plain').process(() => result),
  ]
}

interface Options extends Omit<Parameters<typeof worker>[0], 'name'> {
  readonly encrypts?: Plugin<Stored>
  readonly keeps?: RecordedOptions
}

/** What `unique` would be found by without a key: from it args could be guessed, one after the other. */
export function clearFingerprint(): string {
  const unique = workersOf({ lock: () => ({ plugin: 'none' }) }).find(({ name }) => name === 'unique')

  return fingerprint((unique as Worker).new(args)) as string
}

/** A schema that quotes what it refuses, as many do. */
function picky(refuses: boolean): StandardSchemaV1<typeof args> {
  const validate = (value: unknown) =>
    refuses
      ? { issues: [{ message: `cannot take ${JSON.stringify(value)}`, path: ['who'] }] }
      : { value: value as typeof args }

  return { '~standard': { version: 1, vendor: 'picky', validate } }
}

function untilAborted({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

/** As parsers do that quote what they could not read. */
function refuse(text: string): never {
  throw new SyntaxError(`cannot read ${text}`, { cause: { text } })
}
