import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('structured args are checked, stored and parsed', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    'stored as it was given: {"to":"ann@example.com","at":"2030-01-01T09:00:00Z"}',
    'refused for too, to, at',
    'jobs that are stored: 1',
    'remind ann@example.com 1 time(s), from Tue, 01 Jan 2030 09:00:00 GMT',
    'hello Dr Ann',
    "the stranger's job is discarded: ** (StaffaError INVALID_ARGS) expected args to fit greet, got nmae: unexpected key; name: can't be blank",
  ])
  expect(code).toBe(0)
})
