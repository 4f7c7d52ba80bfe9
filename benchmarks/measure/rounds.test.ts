import { expect, test } from 'vitest'
import { turns } from './rounds.ts'

test('cases are measured in turns, and those that are repeated go on in turns when the others are done', () => {
  const cases = [{ name: 'a', repeat: 2 }, { name: 'b' }, { name: 'c', repeat: 2 }]
  const order = [...turns(cases, 2)].map(({ each, round }) => `${each.name}${round}`)

  expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'c3', 'a4', 'c4'])
})

test('where there is nothing to measure, nothing is', () => {
  expect([...turns([], 3)]).toEqual([])
})
