import { type Job, type NewJob, snooze, type Worker, worker } from '@staffa/core'
import { prepare } from '@staffa/core/internal'
import { settled, testStaffa } from '@staffa/testing'
import { pluginConformance } from '@staffa/testing/conformance/plugin'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type EncryptedOptions, encrypted, generateKey, type Keyring } from './index.ts'

const key = generateKey()
const secret = { to: 'ann@example.com', pin: 4711 }

/** A worker that keeps what it saw. */
function keeper(options: EncryptedOptions, own: Parameters<typeof worker>[0] = { name: 'keeper' }) {
  const seen: unknown[] = []
  const kept = worker({ maxAttempts: 1, ...own })
    .use(encrypted(options))
    .typed<object>()
    .process(({ args }) => void seen.push(args))

  return { kept, seen }
}

/** The job after its first attempt. */
async function attempted(by: Worker, job: NewJob): Promise<Job> {
  const staffa = await testStaffa({ workers: [by], queues: { default: 1 }, start: true, onFinished: onTestFinished })

  return settled(staffa, await staffa.insert(job), { states: ['completed', 'scheduled', 'discarded'] })
}

function fail(message: string): never {
  throw new Error(message)
}

/** What would be stored. */
function stored(job: NewJob): Promise<NewJob> {
  return prepare(job, [])
}

pluginConformance(test, { plugin: () => encrypted({ key }) })
pluginConformance(test, { plugin: () => encrypted({ key, cipher: 'aes-256-ctr', onPlainArgs: 'run' }) })

describe('at insert', () => {
  test('args become one envelope, and meta says so', async () => {
    const { kept } = keeper({ key })
    const { args, meta } = await stored(kept.new(secret, { meta: { trace: 'abc' } }))

    expect(args).toEqual({ data: expect.stringMatching(/^v1\.gcm\.default\./) })
    expect(meta).toEqual({ trace: 'abc', encrypted: true })
  })

  test('the cipher is the one that was chosen', async () => {
    const { kept } = keeper({ key, cipher: 'aes-256-ctr' })

    expect((await stored(kept.new(secret))).args.data).toMatch(/^v1\.ctr\./)
  })

  test('a keyring says which key seals', async () => {
    const { kept } = keeper({ keyring: { current: () => ({ id: '2026 spring', key }), get: () => key } })

    expect((await stored(kept.new(secret))).args.data).toMatch(/^v1\.gcm\.2026%20spring\./)
  })

  test('the key is fetched at each use', async () => {
    const keys = [generateKey(), generateKey()]
    let uses = 0
    const { kept } = keeper({ key: () => keys[uses++] as string })
    await stored(kept.new(secret))
    await stored(kept.new(secret))

    expect(uses).toBe(2)
  })

  test.each<[string, () => string | Promise<string>]>([
    ['later', () => Promise.reject(new Error('vault is sealed'))],
    ['at once', () => fail('vault is sealed')],
  ])('a key that cannot be had fails the insertion, %s', async (_, fetch) => {
    const { kept } = keeper({ key: fetch })
    const error = await stored(kept.new(secret)).catch((reason) => reason)

    expect(error).toMatchObject({ code: 'MISSING_KEY', data: { keyId: 'default' } })
    expect(String(error)).not.toContain('vault is sealed')
  })
})

describe('uniqueness', () => {
  const unique = { name: 'keeper', unique: true }
  const markOf = async (options: EncryptedOptions, args: object = secret) =>
    (await stored(keeper(options, unique).kept.new(args))).meta.fingerprint

  test('equal args are equal, though their envelopes differ', async () => {
    expect(await markOf({ key })).toBe(await markOf({ key }))
    expect(await markOf({ key })).not.toBe(await markOf({ key }, { ...secret, pin: 4712 }))
  })

  test('the fingerprint tells nothing to those without the key', async () => {
    const plain = worker({ ...unique })
      .typed<object>()
      .process(() => {})
    const inClear = (await stored(plain.new(secret))).meta.fingerprint

    expect(inClear).toMatch(/^[0-9a-f]{32}$/)
    expect(await markOf({ key })).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set([inClear, await markOf({ key }), await markOf({ key: generateKey() })]).size).toBe(3)
  })

  test('it outlives a rotation only with a key of its own', async () => {
    const fingerprintKey = generateKey()
    const ring = (id: string): Keyring => ({ current: () => ({ id, key: generateKey() }), get: () => key })

    expect(await markOf({ keyring: ring('a') })).not.toBe(await markOf({ keyring: ring('b') }))
    expect(await markOf({ keyring: ring('a'), fingerprintKey })).toBe(
      await markOf({ keyring: ring('b'), fingerprintKey: () => fingerprintKey }),
    )
  })

  test('a job that is not unique needs no fingerprint', async () => {
    expect((await stored(keeper({ key }).kept.new(secret))).meta).not.toHaveProperty('fingerprint')
  })
})

describe('at execute', () => {
  const run = async (options: EncryptedOptions, job: (made: ReturnType<typeof keeper>) => NewJob | Promise<NewJob>) => {
    const made = keeper(options, { name: 'keeper', aliases: ['old-keeper'] })

    return { job: await attempted(made.kept, await job(made)), seen: made.seen }
  }

  /** A job that was sealed earlier, by a worker with other options. */
  const sealedBy = async (options: EncryptedOptions, name = 'keeper') => {
    const { args, meta } = await stored(keeper(options, { name }).kept.new(secret))

    return worker({ name, maxAttempts: 1 })
      .typed<object>()
      .process(() => {})
      .new(args, { meta })
  }
  const failure = ({ state, errors }: Job) => `${state}: ${errors.map(({ error }) => error.split('\n', 1)[0]).join()}`

  test.each(['aes-256-gcm', 'aes-256-ctr'] as const)('what was sealed with %s is run in clear', async (cipher) => {
    const { job, seen } = await run({ key }, () => sealedBy({ key, cipher }))

    expect(seen).toEqual([secret])
    expect(job).toMatchObject({ state: 'completed', args: { data: expect.stringMatching(/^v1\./) } })
  })

  test.each<[string, EncryptedOptions]>([
    ['by a function', { key: () => key }],
    ['by a function that takes its time', { key: async () => key }],
    ['by a keyring', { keyring: { current: () => ({ id: 'default', key }), get: () => key } }],
    [
      'by a keyring that takes its time',
      { keyring: { current: async () => ({ id: 'default', key }), get: async () => key } },
    ],
  ])('the key may be told %s', async (_, options) => {
    const { job, seen } = await run(options, async () => sealedBy(options))

    expect(seen).toEqual([secret])
    expect(job).toMatchObject({ state: 'completed', meta: { encrypted: true } })
  })

  test('a job runs under the name that it was stored with', async () => {
    const { job, seen } = await run({ key }, () => sealedBy({ key }, 'old-keeper'))

    expect(seen).toEqual([secret])
    expect(job).toMatchObject({ state: 'completed', worker: 'old-keeper' })
  })

  test('the args of another worker are refused', async () => {
    const { job, seen } = await run({ key }, async ({ kept }) => {
      const { args } = await sealedBy({ key }, 'another')

      return { ...(await sealedBy({ key })), args, worker: kept.name }
    })

    expect(seen).toEqual([])
    expect(failure(job)).toMatch(/^discarded: .*UNREADABLE.* keeper job .* key "default", got a refusal/)
  })

  test('another key of the same name is refused', async () => {
    const { job, seen } = await run({ key: generateKey() }, () => sealedBy({ key }))

    expect(seen).toEqual([])
    expect(failure(job)).toMatch(/^discarded: .*UNREADABLE.* key "default", got a refusal/)
  })

  test('a key that is gone fails the attempt, which names it', async () => {
    const old: Keyring = { current: () => ({ id: 'spring', key }), get: () => key }
    const { job, seen } = await run({ keyring: { current: () => ({ id: 'summer', key }), get: () => undefined } }, () =>
      sealedBy({ keyring: old }),
    )

    expect(seen).toEqual([])
    expect(failure(job)).toMatch(/^discarded: .*MISSING_KEY.*"spring"/)
  })

  test.each<[string, () => string | Promise<string>]>([
    ['is gone', () => undefined as never],
    ['turns out to be gone', async () => undefined as never],
    ['cannot be fetched', () => fail('vault is sealed')],
    ['turns out not to be fetched', async () => fail('vault is sealed')],
  ])('a key that %s can be waited for', async (_, fetch) => {
    const { job, seen } = await run({ key: fetch, onMissingKey: { snooze: { hours: 1 } } }, () => sealedBy({ key }))

    expect(seen).toEqual([])
    expect(job).toMatchObject({ state: 'scheduled', attempt: 0, errors: [], meta: { snoozed: 1 } })
  })

  test('plain args are refused, unless they are allowed', async () => {
    const plain = () =>
      worker({ name: 'keeper', maxAttempts: 1 })
        .typed<object>()
        .process(() => {})
        .new(secret)
    const refused = await run({ key }, plain)
    const allowed = await run({ key, onPlainArgs: 'run' }, plain)

    expect(refused.seen).toEqual([])
    expect(failure(refused.job)).toMatch(/^discarded: .*UNREADABLE.*envelope/)
    expect(allowed.seen).toEqual([secret])
  })

  test('allowing plain args does not allow changed ones', async () => {
    const { job, seen } = await run({ key, onPlainArgs: 'run' }, async () => {
      const sealed = await sealedBy({ key })

      return { ...sealed, args: { data: `${String(sealed.args.data).slice(0, -2)}AA` }, meta: {} }
    })

    expect(seen).toEqual([])
    expect(failure(job)).toMatch(/UNREADABLE/)
  })

  test('inner layers are told that the job is confidential, and outcomes pass', async () => {
    const told: unknown[] = []
    const napping = worker({ name: 'napping' })
      .use(encrypted({ key }))
      .process(({ confidential }) => {
        told.push(confidential)

        return snooze({ minutes: 1 })
      })
    const job = await attempted(napping, napping.new({}))

    expect(told).toEqual([true])
    expect(job).toMatchObject({ state: 'scheduled', attempt: 0 })
  })
})
