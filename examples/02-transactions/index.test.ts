import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('a job exists if and only if the transaction that inserted it commits', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    'rolled back: the card was refused',
    'order 3 will be shipped in an hour',
    'shipped the lamp of order 1',
    'jobs for orders 3 and 1, none for order 2',
  ])
  expect(code).toBe(0)
})
