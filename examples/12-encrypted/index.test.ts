import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('args are sealed, keys are rotated, and a job survives the loss of its key', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    'stored: v1.gcm.spring.…',
    'the card can be read in the database: false',
    'keys that jobs need: summer (1), spring (1)',
    'charged 30 to the card that ends in 5678',
    'the second job is completed',
    'the first job is discarded: ** (StaffaError MISSING_KEY) expected key "spring" to be available, got none: there is no such key',
    'charged 20 to the card that ends in 1234',
    'the first job is completed',
  ])
  expect(code).toBe(0)
})
