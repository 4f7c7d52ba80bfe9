import { inspect } from 'node:util'
import { isStaffaError, worker } from '@staffa/core'
import { buildJob } from '@staffa/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EncryptedOptions, encrypted, generateKey } from '../../src/index.ts'

const numRuns = 10_000
const key = generateKey()
const plugin = encrypted({ key })

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    'v1',
    'v1.gcm',
    'v1.gcm.default...',
    '__proto__',
    'constructor',
    Symbol('s'),
  ),
  fc.constantFrom<unknown>(
    () => {},
    () => 'no key',
    Object.create(null),
    { toString: null },
    'x'.repeat(10_000),
    '.'.repeat(10_000),
  ),
  fc.anything(),
)

test('whatever is stored as args, the worker never sees it unless it was sealed for it', async () => {
  const job = await buildJob(
    worker({ name: 'w' }).process(() => {}),
    {},
  )
  const stored = fc.oneof(fc.dictionary(fc.constantFrom('data', '__proto__', 'other'), odd), fc.record({ data: odd }))
  const property = fc.asyncProperty(stored, fc.boolean(), async (args, isMarked) => {
    const context = { args, job: { ...job, meta: { encrypted: isMarked } } }
    const next = async () => expect.unreachable('the worker was run')
    const error = await plugin.execute?.(context as never, next as never).then(
      () => undefined,
      (reason) => reason,
    )

    checkError(error, key)
  })

  await fc.assert(property, { numRuns })
})

test('whatever the options are, they are taken or refused with a reason that shows no key', () => {
  const secret = 'correct horse battery staple'
  const options = fc.record(
    {
      key: fc.oneof(
        fc.constantFrom<unknown>(key, secret, () => key),
        odd,
      ),
      keyring: fc.oneof(
        fc.constantFrom<unknown>(undefined, { current: () => ({ id: 'a', key }), get: () => key }),
        odd,
      ),
      cipher: fc.oneof(fc.constantFrom<unknown>('aes-256-gcm', 'aes-256-ctr'), odd),
      fingerprintKey: fc.oneof(fc.constantFrom<unknown>(key, secret), odd),
      onMissingKey: fc.oneof(fc.constantFrom<unknown>('fail', { snooze: 5 }, { snooze: -1 }), odd),
      onPlainArgs: fc.oneof(fc.constantFrom<unknown>('fail', 'run'), odd),
    },
    { requiredKeys: [] },
  )
  const property = fc.property(fc.oneof(options, odd), (given) => {
    try {
      encrypted(given as EncryptedOptions)
    } catch (error) {
      checkError(error, secret)
    }
  })

  fc.assert(property, { numRuns })
})

/** It is ours, and shows no secret. */
function checkError(error: unknown, secret: string): void {
  if (!isStaffaError(error)) throw new Error(`expected an error of ours, got ${inspect(error)}`)
  if (`${error.message} ${inspect(error.data)}`.includes(secret)) throw new Error('the error shows a secret')
}
