import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('equal jobs are stored once, and scheduled ones run when their time has come', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines.slice(0, 5)).toEqual([
    'asked twice, stored once: true',
    'the text is now: feed the cat',
    'of 4 more, 2 were new',
    "Dora's is scheduled",
    'to Ann: feed the cat',
  ])
  expect(lines).toContain('to Ben: stand up')
  expect(code).toBe(0)
})
