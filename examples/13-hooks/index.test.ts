import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('hooks are called at every turn', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    'lamp: complete in attempt 1 (left at the door), tagged fragile',
    'flag: discard in attempt 1 (too far away), tagged untagged',
    'card: cancel in attempt 1 (there is no address), tagged untagged',
    'job 4 was cancelled before it ran: manual',
    'complete 1, discard 1, cancel 1',
  ])
  expect(code).toBe(0)
})
