import { worker } from '@staffa/core'
import { settled, testStaffa } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { encrypted, generateKey, type Keyring, keysInUse } from './index.ts'

/** A ring whose keys come and go in the course of a test. */
function ring(): Keyring & { keys: Map<string, string>; now: string } {
  const keys = new Map([
    ['spring', generateKey()],
    ['summer', generateKey()],
  ])
  const made = {
    keys,
    now: 'spring',
    current: () => ({ id: made.now, key: keys.get(made.now) ?? '' }),
    get: (id: string) => keys.get(id),
  }

  return made
}

function setUp({ fingerprintKey }: { readonly fingerprintKey?: string } = {}) {
  const keyring = ring()
  const seen: object[] = []
  const rotated = worker({ name: 'rotated', maxAttempts: 1, unique: { keys: ['id'], period: 'infinity' } })
    .use(encrypted({ keyring, fingerprintKey }))
    .typed<{ id: number }>()
    .process(({ args }) => void seen.push(args))

  return { keyring, seen, rotated }
}

test('a job whose key was lost is run once the key is back', async () => {
  const { keyring, rotated, seen } = setUp()
  const staffa = await testStaffa({ workers: [rotated], queues: { default: 1 }, onFinished: onTestFinished })
  const { id } = await staffa.insert(rotated.new({ id: 1 }))
  const lost = keyring.keys.get('spring') as string
  keyring.keys.delete('spring')
  await staffa.start()

  expect(await settled(staffa, id)).toMatchObject({
    state: 'discarded',
    errors: [{ error: expect.stringMatching(/MISSING_KEY.*"spring"/) }],
  })
  expect(seen).toEqual([])

  keyring.keys.set('spring', lost)
  await staffa.jobs.retry(id)
  expect(await settled(staffa, id, { states: ['completed'] })).toMatchObject({ state: 'completed' })
  expect(seen).toEqual([{ id: 1 }])
})

test('jobs of both keys run while both are there, and it can be told which are needed', async () => {
  const { keyring, rotated, seen } = setUp()
  const staffa = await testStaffa({ workers: [rotated], queues: { default: 1 }, onFinished: onTestFinished })
  const old = await staffa.insert(rotated.new({ id: 1 }))
  keyring.now = 'summer'
  const others = await staffa.insertAll([2, 3].map((id) => rotated.new({ id })))

  expect(await keysInUse(staffa, rotated)).toEqual(
    new Map([
      ['spring', 1],
      ['summer', 2],
    ]),
  )
  await staffa.start()
  for (const { id } of [old, ...others]) await settled(staffa, id)
  expect(seen.map((args) => args)).toHaveLength(3)
  expect(await keysInUse(staffa, rotated, { state: ['available', 'retryable'] })).toEqual(new Map())
})

test('it counts page by page, and what inner layers have sealed', async () => {
  const { rotated } = setUp()
  const staffa = await testStaffa({ onFinished: onTestFinished })
  await staffa.insertAll(Array.from({ length: 1001 }, (_, id) => rotated.new({ id })))
  const [last] = await staffa.jobs.list({ limit: 1 })
  const kept = String(last?.args.data).replace('.spring.', '.winter.')
  await staffa.insert(rotated.new({ id: 2000 }, { meta: { kept } }))

  expect(await keysInUse(staffa, rotated)).toEqual(
    new Map([
      ['spring', 1002],
      ['winter', 1],
    ]),
  )
})

test('a duplicate is found under encryption, and across a rotation where the fingerprints have a key of their own', async () => {
  const staffa = await testStaffa({ onFinished: onTestFinished })
  const { keyring, rotated } = setUp({ fingerprintKey: generateKey() })
  const first = await staffa.insert(rotated.new({ id: 1 }))
  const second = await staffa.insert(rotated.new({ id: 1 }))
  keyring.now = 'summer'
  const third = await staffa.insert(rotated.new({ id: 1 }))
  const other = await staffa.insert(rotated.new({ id: 2 }))

  expect([first, second, third, other].map(({ conflict }) => conflict)).toEqual([false, true, true, false])
  expect(new Set([first.id, second.id, third.id]).size).toBe(1)
})

test('without such a key uniqueness begins anew with each key', async () => {
  const staffa = await testStaffa({ onFinished: onTestFinished })
  const { keyring, rotated } = setUp()
  const first = await staffa.insert(rotated.new({ id: 1 }))
  const second = await staffa.insert(rotated.new({ id: 1 }))
  keyring.now = 'summer'
  const third = await staffa.insert(rotated.new({ id: 1 }))

  expect([first, second, third].map(({ conflict }) => conflict)).toEqual([false, true, false])
})
