import { expect, test } from 'vitest'
import { fillIn, places } from './page.ts'

const page = 'before\n<!-- drain -->\nold\n<!-- /drain -->\nafter\n<!-- pick-up -->\n<!-- /pick-up -->\n'

test('a page gets new text between its comments, and keeps the rest', () => {
  const filled = fillIn(page, 'drain', 'new')

  expect(filled).toBe(page.replace('\nold\n', '\n\nnew\n\n'))
  expect(fillIn(filled, 'drain', 'new')).toBe(filled)
  expect(fillIn(page, 'pick-up', 'new')).toContain('old')
})

test('a page says what it has room for, and refuses what it has not', () => {
  expect(places(page)).toEqual(['drain', 'pick-up'])
  expect(() => fillIn(page, 'idle', 'new')).toThrow('expected the page to have <!-- idle --> and <!-- /idle -->')
})
