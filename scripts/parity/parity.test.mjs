import { describe, expect, test } from 'vitest'
import { inspectParity } from './inspect.mjs'
import { readRows } from './rows.mjs'

const files = { 'a/b.test.ts': `test('does it', () => {})\ntest("ends a job's life", () => {})` }
const page = (...cells) => ({
  path: 'docs/page.md',
  text: ['# Title', '', '| theirs | test |', '| :-- | --- |', ...cells.map((cell) => `| it \\| that | ${cell} |`)].join(
    '\n',
  ),
})
const complaints = (...cells) => inspectParity(page(...cells), (path) => files[path])

test('rows are what stands below the head of a table, with all tests that they name', () => {
  const cell = '`a/b.test.ts` — "does it", "does more"; `c.test.ts` — "other"'

  expect(readRows(page(cell).text)).toEqual([
    {
      line: 5,
      cell,
      references: [
        { path: 'a/b.test.ts', title: 'does it' },
        { path: 'a/b.test.ts', title: 'does more' },
        { path: 'c.test.ts', title: 'other' },
      ],
    },
  ])
})

test('a page is right when its tests exist, and what has none says why', () => {
  expect(complaints('`a/b.test.ts` — "does it", "ends a job\'s life"', 'No: not in this language.')).toEqual([])
})

describe('is refused', () => {
  test.each([
    ['a file that is not there', '`a/c.test.ts` — "does it"', 'expected a file at a/c.test.ts'],
    ['a title that is not there', '`a/b.test.ts` — "does"', 'expected a test in a/b.test.ts with the title "does"'],
    [
      'the second of two titles',
      '`a/b.test.ts` — "does it", "flies"',
      'expected a test in a/b.test.ts with the title "flies"',
    ],
    ['a file without a title', '`a/b.test.ts`', 'expected a test, or a reason that begins with "No:"'],
    ['one more file without a title', '`a/b.test.ts` — "does it", `a/c.test.ts`', 'expected a title after a/c.test.ts'],
    ['a row without a test or a reason', 'later', 'expected a test, or a reason that begins with "No:"'],
  ])('%s', (_name, cell, complaint) => {
    expect(complaints('No: a row above.', cell)).toEqual([`docs/page.md:6 ${complaint}`])
  })

  test('a page without a table', () => {
    expect(inspectParity({ path: 'docs/page.md', text: '# Title' }, () => '')).toHaveLength(1)
  })
})
