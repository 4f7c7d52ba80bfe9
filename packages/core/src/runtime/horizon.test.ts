import { describe, expect, test } from 'vitest'
import { Horizon } from './horizon.ts'

const noon = Date.UTC(2030, 0, 1, 12)

/** Makes fetches, each at its millisecond; tells where each began to look, in milliseconds from noon. */
function looks(...fetches: readonly { at: number; reached?: number; count?: number }[]) {
  const horizon = new Horizon()

  return fetches.map(({ at, reached, count = 100 }) => {
    const from = horizon.from(at)
    const fetched = { count, reached: reached === undefined ? undefined : new Date(noon + reached) }
    horizon.learn({ at, fetched })

    return from && from.getTime() - noon
  })
}

describe('a fetch', () => {
  test('looks at everything, when it is the first, and when the last that did is a quarter of a second ago', () => {
    expect(looks({ at: 0, reached: 0 }, { at: 249, reached: 0 }, { at: 250, reached: 0 }, { at: 499 })).toEqual([
      ...[undefined, -250, undefined, -250],
    ])
  })

  test('begins a quarter of a second before the last job that was fetched', () => {
    expect(looks({ at: 0, reached: 0 }, { at: 10, reached: 40 }, { at: 20 }, { at: 30 })).toEqual([
      ...[undefined, -250, -210, -210],
    ])
  })

  test('looks at everything until a hundred jobs have come in a quarter of a second', () => {
    const few = { reached: 0, count: 40 }
    const none = Array(4).fill(undefined)

    expect(looks(...[0, 100, 200, 249].map((at) => ({ at, ...few })))).toEqual([...none.slice(1), -250])
    expect(looks(...[0, 200, 260, 300].map((at) => ({ at, ...few })))).toEqual(none)
  })

  test('goes back where jobs are earlier than they were, as when a clock was set back', () => {
    expect(looks({ at: 0, reached: 9_000 }, { at: 250, reached: 0 }, { at: 260 })).toEqual([undefined, undefined, -250])
  })

  test('looks at everything while none has brought a job of priority 0', () => {
    expect(looks({ at: 0 }, { at: 1 }, { at: 2 })).toEqual([undefined, undefined, undefined])
  })
})

test('a queue to which many jobs come knows for half a second that nothing has waited there for long', () => {
  const horizon = new Horizon()
  const learn = (at: number, count: number) => horizon.learn({ at, fetched: { count, reached: undefined } })
  expect(horizon.isNear(0)).toBe(false)
  learn(0, 99)
  expect(horizon.isNear(0)).toBe(false)
  learn(100, 1)

  expect([100, 499, 500].map((now) => horizon.isNear(now))).toEqual([true, true, false])
})
