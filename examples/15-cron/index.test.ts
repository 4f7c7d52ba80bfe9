import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

test('entries are inserted at their minutes, and one of them late', async () => {
  const { lines, code } = await runExample(import.meta.url)

  expect(lines).toEqual([
    '0 7,9 * * * is at 07:00 and 09:00, every day',
    '30 8 * * MON-FRI is at 08:30, on Monday to Friday',
    '*/10 8-18 * * * is every 10 minutes of the hours 8 to 18',
    '4 cups, for 2025-03-31T07:00:00Z',
    'the report, for 2025-03-31T07:30:00Z',
    'tea comes next at 2025-03-31T08:30:00.000Z',
    '1 cups, for 2025-03-31T08:30:00Z',
    '4 cups, for 2025-03-31T09:00:00Z',
    '2 cups, for 2025-03-31T09:30:00Z',
    'brew: 0 7,9 * * *, next 2025-04-01T07:00:00.000Z',
    'report: 30 8 * * MON-FRI, next 2025-04-01T07:30:00.000Z',
    'tea: */30 * * * *, next 2025-03-31T10:00:00.000Z',
  ])
  expect(code).toBe(0)
})
