import { expect, inject, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('three nodes share the work, and two finish it when one is killed', { timeout: 60_000 }, async () => {
  const { lines, code } = await runExample(import.meta.url, { DATABASE_URL: inject('databaseUrl') })

  expect(lines).toEqual([
    '3 nodes are at work',
    'anna was killed',
    '300 of 300 jobs are completed',
    'every node has worked: true',
  ])
  expect(code).toBe(0)
})
