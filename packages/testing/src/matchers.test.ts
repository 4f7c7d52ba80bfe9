import './vitest.ts'
import { worker } from '@staffa/core'
import { expect as jestExpect } from 'expect'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { matchers, testStaffa } from './index.ts'

const mail = worker({ name: 'mail' })
  .typed<{ to: string }>()
  .process(async () => {})

jestExpect.extend(matchers)

describe.each([
  ['vitest', expect],
  ['jest', jestExpect as unknown as typeof expect],
])('toHaveEnqueued of %s', (_, expect_) => {
  test('passes and fails like assertEnqueued', async () => {
    await using staffa = await testStaffa()
    await staffa.insert(mail.new({ to: 'ann' }))

    await expect_(staffa).toHaveEnqueued({ worker: mail, args: { to: 'ann' } })
    const failing = expect_(staffa).toHaveEnqueued({ worker: mail, args: { to: 'zoe' } })
    await expect(failing).rejects.toThrow(`  - args.to: 'zoe'\n  + args.to: 'ann'`)
  })

  test('passes and fails like refuteEnqueued when negated', async () => {
    await using staffa = await testStaffa()
    await staffa.insert(mail.new({ to: 'ann' }))

    await expect_(staffa).not.toHaveEnqueued({ worker: mail, args: { to: 'zoe' } })
    await expect(expect_(staffa).not.toHaveEnqueued()).rejects.toThrow(
      'expected no job to be enqueued with\n\n    anything',
    )
  })

  test('waits', async () => {
    await using staffa = await testStaffa()
    const enqueued = expect_(staffa).toHaveEnqueued({ worker: mail }, { within: { seconds: 10 } })
    await staffa.insert(mail.new({ to: 'ann' }))
    await enqueued
  })
})

test('the args are those of the worker', async () => {
  await using staffa = await testStaffa()
  // @ts-expect-error — a number is no address
  await expect(staffa).not.toHaveEnqueued({ worker: mail, args: { to: 1 } })
})

test('the jest entry extends the global expect, and asks for it', async () => {
  await expect(import('./jest.ts')).rejects.toThrow('expected jest, got no global expect')
  const added: unknown[] = []
  vi.stubGlobal('expect', { extend: (given: unknown) => added.push(given) })
  onTestFinished(() => void vi.unstubAllGlobals())
  vi.resetModules()
  await import('./jest.ts')

  expect(added).toEqual([{ toHaveEnqueued: expect.any(Function) }])
})
