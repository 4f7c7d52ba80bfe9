import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batcher } from './batcher.ts'

const fulfilled = <T>(value: T) => ({ status: 'fulfilled', value }) as const
const rejected = (reason: unknown) => ({ status: 'rejected', reason }) as const

test('what is added in one turn is one batch', async () => {
  const batches: number[][] = []
  const { add } = batcher<number, number>({
    limit: 10,
    flush: async (items) => {
      batches.push([...items])
      return items.map((item) => fulfilled(item * 2))
    },
  })

  expect(await Promise.all([add(1), add(2), add(3)])).toEqual([2, 4, 6])
  expect(batches).toEqual([[1, 2, 3]])
})

test('what arrives while a batch is under way is the next', async () => {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const batches: number[][] = []
  const { add } = batcher<number, number>({
    limit: 10,
    flush: async (items) => {
      batches.push([...items])
      begun.resolve()
      await gate.promise
      return items.map(fulfilled)
    },
  })
  const first = add(1)
  await begun.promise
  const rest = [add(2), add(3)]
  gate.resolve()
  await Promise.all([first, ...rest])

  expect(batches).toEqual([[1], [2, 3]])
})

test('every item gets its own result, one batch at a time, none over the limit, all in order', async () => {
  const plan = fc.array(fc.record({ fails: fc.boolean(), turns: fc.nat(3) }), { maxLength: 60 })

  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 7 }), async (items, limit) => {
      const seen: number[] = []
      let atOnce = 0
      const { add, idle } = batcher<number, string>({
        limit,
        flush: async (indexes) => {
          atOnce += 1
          expect(atOnce).toBe(1)
          expect(indexes.length).toBeLessThanOrEqual(limit)
          seen.push(...indexes)
          for (let turn = 0; turn < (indexes[0] ?? 0) % 4; turn += 1) await undefined
          atOnce -= 1

          return indexes.map((index) => (items[index]?.fails ? rejected(index) : fulfilled(`done ${index}`)))
        },
      })
      const results: Promise<unknown>[] = []
      for (const [index, { turns }] of items.entries()) {
        for (let turn = 0; turn < turns; turn += 1) await undefined
        results.push(add(index).catch((reason: unknown) => ({ reason })))
      }

      const expectedResults = items.map(({ fails }, index) => (fails ? { reason: index } : `done ${index}`))
      expect(await Promise.all(results)).toEqual(expectedResults)
      expect(seen).toEqual(items.map((_, index) => index))
      await idle()
    }),
  )
})

test.each([
  ['rejects', async () => Promise.reject(new Error('down'))],
  [
    'throws',
    () => {
      throw new Error('down')
    },
  ],
])('a flush that %s fails its whole batch, and the next one goes on', async (_, fails) => {
  let times = 0
  const { add, idle } = batcher<number, number>({
    limit: 2,
    flush: (items) => (times++ === 0 ? fails() : Promise.resolve(items.map(fulfilled))),
  })

  const results = await Promise.allSettled([add(1), add(2), add(3)])
  expect(results).toMatchObject([{ reason: { message: 'down' } }, { reason: { message: 'down' } }, { value: 3 }])
  await idle()
})

test('an item without a result is told so', async () => {
  const { add } = batcher<number, number>({ limit: 2, flush: async () => [] })

  const error = await add(1).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ message: 'expected a result for each item of a batch, got 0 for 1' })
})

test('it knows which items wait or are under way, and when there are none', async () => {
  const gate = Promise.withResolvers<void>()
  const all = batcher<number, number>({
    limit: 2,
    flush: async (items) => {
      await gate.promise
      return items.map(fulfilled)
    },
  })
  await all.idle()
  expect(all.items()).toEqual([])

  const results = [all.add(1), all.add(2), all.add(3)]
  expect(all.items()).toEqual([1, 2, 3])
  await undefined
  expect(all.items()).toEqual([1, 2, 3])
  gate.resolve()
  await Promise.all(results)
  await all.idle()
  expect(all.items()).toEqual([])
})
