import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type EncryptedOptions, encrypted, generateKey } from './index.ts'

const key = generateKey()

describe('options', () => {
  test.each<[string, unknown, RegExp]>([
    ['INVALID_OPTION', undefined, /expected options of encrypted\(\) to be an object/],
    ['INVALID_OPTION', {}, /given either a key or a keyring, got "neither"/],
    ['INVALID_OPTION', { key, keyring: { current: () => {}, get: () => {} } }, /got "both"/],
    ['INVALID_OPTION', { key: 42 }, /expected key to be Base64/],
    ['INVALID_OPTION', { keyring: { current: () => {} } }, /expected keyring to be an object with the functions/],
    ['INVALID_OPTION', { key, cipher: 'aes-128-gcm' }, /expected cipher to be "aes-256-gcm" or "aes-256-ctr"/],
    ['INVALID_OPTION', { key, fingerprintKey: 1 }, /expected fingerprintKey/],
    ['INVALID_OPTION', { key, onMissingKey: 'snooze' }, /expected onMissingKey to be "fail" or \{ snooze/],
    ['INVALID_OPTION', { key, onMissingKey: { snooze: -1 } }, /expected onMissingKey\.snooze/],
    ['INVALID_OPTION', { key, onPlainArgs: 'pass' }, /expected onPlainArgs to be "fail" or "run"/],
    ['UNKNOWN_OPTION', { key, cypher: 'aes-256-gcm' }, /unknown option "cypher".*did you mean "cipher"/],
  ])('%s for %j', (code, options, message) => {
    expect(() => encrypted(options as EncryptedOptions)).toThrow(expect.objectContaining({ code }))
    expect(() => encrypted(options as EncryptedOptions)).toThrow(message)
  })

  test.each([
    ['a passphrase', 'correct horse battery staple'],
    ['too short a key', Buffer.alloc(16).toString('base64')],
    ['too long a key', Buffer.alloc(64).toString('base64')],
    ['nothing', ''],
  ])('a constant key is checked at once, and not shown: %s', (_, text) => {
    const error = thrownBy(() => encrypted({ key: text }))

    expect(error).toMatchObject({ code: 'INVALID_KEY' })
    if (text) expect(`${error.message}${error.stack}`).not.toContain(text)
  })

  test.each([
    ['with white space around it', ` ${key}\n`],
    ['without padding', key.slice(0, -1)],
    ['for URLs', Buffer.from(key, 'base64').toString('base64url')],
  ])('a key may be written %s', (_, text) => {
    expect(() => encrypted({ key: text })).not.toThrow()
  })
})

test('keys are 32 bytes, and never the same', () => {
  expect(Buffer.from(generateKey(), 'base64')).toHaveLength(32)
  expect(generateKey()).not.toBe(generateKey())
})

describe('the command', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('./bin.ts', import.meta.url)), ...args], { encoding: 'utf8' })

  test('prints a key', () => {
    const { stdout, status } = run('generate-key')

    expect(status).toBe(0)
    expect(Buffer.from(stdout.trim(), 'base64')).toHaveLength(32)
  })

  test('says what it can do', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('generate-key') })
    expect(run('generate')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('generate-key') })
  })
})

function thrownBy(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }

  throw new Error('expected an error')
}
