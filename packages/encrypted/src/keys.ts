import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { recovering, whenReady } from '@staffa/core/internal'
import { StaffaError } from '@staffa/core/plugin'
import { isKeyId } from './envelope.ts'

/** Base64 of 32 random bytes, or what fetches it: at every use, so that a rotation needs no restart. */
export type KeySource = string | (() => string | Promise<string>)

/** A key with a name of its own, which is kept in every envelope and may be read by anybody. */
export interface NamedKey {
  /** Up to 100 characters. */
  readonly id: string
  /** Base64 of 32 random bytes. */
  readonly key: string
}

/** Keys that come and go. Both functions are called at every use. */
export interface Keyring {
  /** The key to seal with. */
  readonly current: () => NamedKey | Promise<NamedKey>
  /** The Base64 of a key that something was once sealed with; undefined when it is gone. */
  readonly get: (id: string) => string | undefined | Promise<string | undefined>
}

/** A key, ready for use. */
export interface Key {
  readonly id: string
  /** What Node has made ready once: handing it the bytes at each use takes three times as long. */
  readonly secret: KeyObject
}

/**
 * Where keys are found, whatever the options were: at once, unless fetching takes its time. Fails with errors that name a
 * key, and never show one.
 */
export interface Keys {
  current(): Key | Promise<Key>
  get(id: string): Key | Promise<Key>
}

/** Makes a key: Base64 of 32 random bytes. */
export function generateKey(): string {
  return randomBytes(32).toString('base64')
}

/** One key for everything, which envelopes name by this id. */
export function singleKey(source: KeySource, id: string): Keys {
  const find = finder()
  const current = () => find(id, typeof source === 'string' ? () => source : source)
  if (typeof source === 'string') current()

  return {
    current,
    get: (wanted) => {
      if (wanted !== id) throw missing(wanted, 'this worker has one key')

      return current()
    },
  }
}

/** Keys by id. */
export function keysOf({ current, get }: Keyring): Keys {
  const find = finder()

  return {
    current: () =>
      whenReady(fetched<unknown>('current', current), (named) => {
        if (!isNamedKey(named)) throw invalidKey('current', 'expected the current key to be { id, key }, got neither')

        return find(named.id, () => named.key)
      }),
    get: (id) => find(id, () => get(id)),
  }
}

/** What a function of the user's throws may quote what it failed to read: only its kind is passed on. */
function fetched<T>(id: string, fetch: () => T | Promise<T>): T | Promise<T> {
  return recovering(fetch, (error) => {
    throw missing(id, `fetching it failed with ${kindOf(error)}`)
  })
}

type Fetch = () => string | undefined | Promise<string | undefined>

/** Fetches keys: of the same text it makes the same one again. */
function finder(): (id: string, fetch: Fetch) => Key | Promise<Key> {
  let last: (Key & { readonly text: unknown }) | undefined

  return (id, fetch) =>
    whenReady(fetched(id, fetch), (text) => {
      if (last?.text !== text || last?.id !== id) last = { ...toKey(id, text), text }

      return last
    })
}

function toKey(id: string, text: unknown): Key {
  if (text === undefined || text === null) throw missing(id, 'there is no such key')
  if (typeof text !== 'string' || !/^[\w+/-]{43}=?$/.test(text.trim())) {
    throw invalidKey(id, `expected key ${JSON.stringify(id)} to be Base64 of 32 bytes, got something else`)
  }

  return { id, secret: createSecretKey(text, 'base64') }
}

function isNamedKey(value: unknown): value is NamedKey {
  return typeof value === 'object' && value !== null && 'id' in value && 'key' in value && isKeyId(value.id)
}

const word = /^\w{1,40}$/

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'a thing that is no error'
  const code = 'code' in error && typeof error.code === 'string' && word.test(error.code) ? ` ${error.code}` : ''

  return `${word.test(error.name) ? error.name : 'Error'}${code}`
}

function missing(id: string, why: string): StaffaError<'MISSING_KEY'> {
  const message = `expected key ${JSON.stringify(id)} to be available, got none: ${why}`

  return new StaffaError('MISSING_KEY', message, { data: { keyId: id } })
}

function invalidKey(id: string, message: string): StaffaError<'INVALID_KEY'> {
  return new StaffaError('INVALID_KEY', message, { data: { keyId: id } })
}
