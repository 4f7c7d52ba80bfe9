import { encodeNotice } from '@staffa/core/internal'
import type { Client, SettledJob, Transaction } from '@staffa/core/plugin'
import { expect, test, vi } from 'vitest'
import { announce } from './settled-notice.ts'

const settledJob = (id: number) => ({ job: { id }, state: 'completed', by: 'attempt' }) as SettledJob

test.each([
  ['short', (index: number) => index + 1, 2],
  ['long', (index: number) => Number.MAX_SAFE_INTEGER - index * 1_234_567, 6],
])('%s ids are all said, in few notices that fit', async (_, idOf, notices) => {
  const notify = vi.fn<Client['notify']>(async () => {})
  const ids = Array.from({ length: 2_500 }, (_, index) => idOf(index))
  await announce(ids.map(settledJob), {} as Transaction, { notify } as unknown as Client)
  const said = notify.mock.calls.map(([, notice]) => notice as { readonly ids: readonly number[] })

  expect(said.flatMap((notice) => notice.ids)).toEqual(ids)
  expect(said).toHaveLength(notices)
  for (const notice of said) {
    expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(8_000)
    expect(encodeNotice(notice).length).toBeLessThan(8_000)
  }
})

test('of no jobs nothing is said', async () => {
  const notify = vi.fn<Client['notify']>()
  await announce([], {} as Transaction, { notify } as unknown as Client)

  expect(notify).not.toHaveBeenCalled()
})
