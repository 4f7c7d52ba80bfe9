import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { scenarios } from '../scenarios/index.ts'
import { page, results, withTable } from './page.ts'

test('the page shows what was seen: its table is that of the results that were kept', async () => {
  const text = await readFile(page, 'utf8')

  expect(withTable(text, results())).toBe(text)
})

test('every scenario was run three times with different seeds, and held', () => {
  const seen = results()

  for (const { name } of scenarios) {
    const runs = seen.filter((result) => result.name === name)
    expect(new Set(runs.map(({ seed }) => seed)).size, name).toBeGreaterThanOrEqual(3)
    expect(runs.map(({ violations }) => violations)).toEqual(runs.map(() => ({})))
  }
})
