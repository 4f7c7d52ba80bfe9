import fc from 'fast-check'
import { expect, test } from 'vitest'
import { semaphore } from './semaphore.ts'

test('all work is done, in order, as much of it at once as may be and no more, whatever fails', async () => {
  const work = fc.array(fc.record({ fails: fc.boolean(), turns: fc.integer({ min: 1, max: 4 }) }), { maxLength: 40 })

  await fc.assert(
    fc.asyncProperty(work, fc.integer({ min: 1, max: 5 }), async (pieces, most) => {
      const run = semaphore(most)
      const begun: number[] = []
      let [atOnce, highest] = [0, 0]
      const results = pieces.map(({ fails, turns }, index) =>
        run(async () => {
          begun.push(index)
          highest = Math.max(highest, ++atOnce)
          for (let turn = 0; turn < turns; turn++) await undefined
          atOnce -= 1
          if (fails) throw new Error(`piece ${index}`)

          return index
        }),
      )
      const outcomes = await Promise.allSettled(results)

      expect(begun).toEqual(pieces.map((_, index) => index))
      expect(highest).toBe(Math.min(most, pieces.length))
      expect(
        outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
      ).toEqual(pieces.map(({ fails }, index) => (fails ? `Error: piece ${index}` : index)))
    }),
  )
})

test('work that comes when nothing is under way begins in the same turn', async () => {
  const run = semaphore(1)
  await run(async () => {})
  let begun = false
  const done = run(async () => {
    begun = true
  })
  await undefined

  expect(begun).toBe(true)
  await done
})
