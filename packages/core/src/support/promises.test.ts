import { expect, test } from 'vitest'
import { isPromise, promised, recovering, whenReady } from './promises.ts'

test('what is there goes on at once, what is promised later', async () => {
  const double = (n: number) => n * 2
  const later = whenReady(Promise.resolve(2), double)

  expect(whenReady(2, double)).toBe(4)
  expect(isPromise(later)).toBe(true)
  expect(await later).toBe(4)
})

test('anything with a then is waited for', async () => {
  const thenable = Object.fromEntries([['then', (resolve: (value: number) => void) => resolve(1)]])

  expect(await whenReady<number, number>(thenable as never, (n) => n + 1)).toBe(2)
  expect([null, undefined, 1, {}].some((value) => isPromise<unknown>(value))).toBe(false)
})

test('what throws at once is a promise that is broken', async () => {
  const work = () => {
    throw new Error('no')
  }

  await expect(promised(work)).rejects.toThrow('no')
  expect(await promised(() => 1)).toBe(1)
  expect(await promised(async () => 2)).toBe(2)
})

test('an error is recovered from whether it comes at once or later', async () => {
  const fail = (): number => {
    throw new Error('no')
  }
  const recover = (error: unknown) => (error as Error).message

  expect(recovering(fail, recover)).toBe('no')
  expect(await recovering(async () => fail(), recover)).toBe('no')
  expect(recovering(() => 1, recover)).toBe(1)
  expect(await recovering(async () => 1, recover)).toBe(1)
})
