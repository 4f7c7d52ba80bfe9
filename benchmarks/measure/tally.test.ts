import { expect, test, vi } from 'vitest'
import { argsOf } from '../contenders/contender.ts'
import { Tally } from './tally.ts'

test('counts what was handled, tells doubles apart, and says when it is all', () => {
  const onAll = vi.fn()
  const tally = new Tally(3, 4, onAll)

  for (const n of [0, 2, 2]) tally.handle(argsOf(n))
  expect(tally).toMatchObject({ handled: 3, distinct: 2 })
  expect(onAll).not.toHaveBeenCalled()

  tally.handle(argsOf(1))
  expect(tally).toMatchObject({ handled: 4, distinct: 3 })
  expect(onAll).toHaveBeenCalledOnce()
})
