import { type Duration, expected, rejectUnknown, toPositiveMilliseconds } from '@staffa/core/plugin'
import type { Cipher } from './envelope.ts'
import { type Keyring, type KeySource, type Keys, keysOf, singleKey } from './keys.ts'
import { type Vault, vault } from './vault.ts'

/** What both ways of giving keys have in common. */
export interface SharedOptions {
  /** How to seal; both ciphers are read, whichever it is. Defaults to `aes-256-gcm`. */
  readonly cipher?: 'aes-256-gcm' | 'aes-256-ctr' | undefined
  /**
   * The key of the fingerprints of unique jobs. Defaults to the current key, so that a job is not a duplicate of one
   * that was inserted under the key before; give one that stays, and uniqueness outlives rotations.
   */
  readonly fingerprintKey?: KeySource | undefined
  /** What becomes of a job whose key cannot be had. Defaults to `'fail'`, which spends an attempt. */
  readonly onMissingKey?: 'fail' | { readonly snooze: Duration } | undefined
  /** What becomes of a job that was stored without encryption. Defaults to `'fail'`: anybody could have written it. */
  readonly onPlainArgs?: 'fail' | 'run' | undefined
}

/** One key for all jobs. */
export interface KeyOptions extends SharedOptions {
  /** Base64 of 32 random bytes, or a function that fetches it at each use. */
  readonly key: KeySource
  readonly keyring?: undefined
}

/** Keys by id, for rotation. */
export interface KeyringOptions extends SharedOptions {
  readonly keyring: Keyring
  readonly key?: undefined
}

export type EncryptedOptions = KeyOptions | KeyringOptions

/** The options, checked and complete. */
export interface Settings {
  readonly vault: Vault
  /** How long to wait for a key that is missing; undefined to fail. */
  readonly pause: Duration | undefined
  readonly runsPlain: boolean
}

const known: readonly string[] = ['key', 'keyring', 'cipher', 'fingerprintKey', 'onMissingKey', 'onPlainArgs']
/** The id that envelopes carry when there is one key without a name. */
const onlyKeyId = 'default'
const ciphers: Readonly<Record<string, Cipher>> = { 'aes-256-gcm': 'gcm', 'aes-256-ctr': 'ctr' }

/** Checks the options. No key is fetched, and none is shown. */
export function resolveOptions(options: EncryptedOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw expected('options of encrypted()', 'an object with a key or a keyring', typeof options)
  }
  rejectUnknown('encrypted()', options, known)
  const { cipher = 'aes-256-gcm', onPlainArgs = 'fail', fingerprintKey } = options
  if (typeof cipher !== 'string' || !Object.hasOwn(ciphers, cipher)) {
    throw expected('cipher', '"aes-256-gcm" or "aes-256-ctr"', cipher)
  }
  if (onPlainArgs !== 'fail' && onPlainArgs !== 'run') throw expected('onPlainArgs', '"fail" or "run"', onPlainArgs)
  const keys = resolveKeys(options)
  const fingerprintKeys =
    fingerprintKey === undefined ? keys : single(fingerprintKey, { option: 'fingerprintKey', id: 'fingerprintKey' })

  return {
    vault: vault({ cipher: ciphers[cipher] as Cipher, keys, fingerprintKeys }),
    pause: resolvePause(options.onMissingKey),
    runsPlain: onPlainArgs === 'run',
  }
}

function resolveKeys({ key, keyring }: { readonly key?: unknown; readonly keyring?: unknown }): Keys {
  if ((key === undefined) === (keyring === undefined)) {
    throw expected('encrypted()', 'given either a key or a keyring', key === undefined ? 'neither' : 'both')
  }
  if (key !== undefined) return single(key, { option: 'key', id: onlyKeyId })
  if (isKeyring(keyring)) return keysOf(keyring)

  throw expected('keyring', 'an object with the functions current and get', typeof keyring)
}

function single(key: unknown, { option, id }: { readonly option: string; readonly id: string }): Keys {
  if (typeof key === 'string' || typeof key === 'function') return singleKey(key as KeySource, id)

  throw expected(option, 'Base64 of 32 bytes, or a function that fetches it', typeof key)
}

function isKeyring(value: unknown): value is Keyring {
  if (typeof value !== 'object' || value === null) return false
  const { current, get } = value as Partial<Keyring>

  return typeof current === 'function' && typeof get === 'function'
}

function resolvePause(option: EncryptedOptions['onMissingKey']): Duration | undefined {
  if (option === undefined || option === 'fail') return undefined
  if (typeof option !== 'object' || option === null || !('snooze' in option)) {
    throw expected('onMissingKey', '"fail" or { snooze: duration }', option)
  }
  toPositiveMilliseconds(option.snooze, 'onMissingKey.snooze')

  return option.snooze
}
