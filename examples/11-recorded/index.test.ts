import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('recorded results are waited for and fetched', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    'lengths: one 3, three 5, eleven 6',
    'letters: onethrlv, at 1970-01-01T00:00:00.000Z',
    'before it has run: undefined',
    'when it has: 42',
    'as others read it: g2Eq',
    '20000 points in the storage called files',
    'nothing to wait for: ** (Error) it is too hard',
  ])
  expect(code).toBe(0)
})
