import { describe, expect, test } from 'vitest'
import { pause, retryForever } from './retry.ts'

const { signal } = new AbortController()
const failing = (times: number, error: unknown = new Error('down')) => {
  let calls = 0

  return async () => {
    calls += 1
    if (calls <= times) throw error
    return calls
  }
}

describe('work that fails', () => {
  test('is repeated until it succeeds, and every failure is told', async () => {
    const errors: unknown[] = []
    const error = new Error('down')

    expect(await retryForever(failing(2, error), { signal, onError: (e) => errors.push(e) })).toBe(3)
    expect(errors).toEqual([error, error])
  })

  test('for good is not repeated', async () => {
    const error = new Error('bad data')
    const isFinal = (reason: unknown) => reason === error

    await expect(retryForever(failing(9, error), { signal, isFinal, onError: () => {} })).rejects.toBe(error)
  })

  test('is tried a last time when it is given up, without waiting', async () => {
    const controller = new AbortController()
    const onError = () => controller.abort()

    await expect(retryForever(failing(9), { signal: controller.signal, onError })).rejects.toThrow('down')
    const late = new AbortController()
    const working = retryForever(failing(1), {
      signal: late.signal,
      onError: () => queueMicrotask(() => queueMicrotask(() => late.abort())),
    })
    expect(await working).toBe(2)
  })
})

test.each([
  [0, 75, 125],
  [1, 150, 250],
  [6, 4_800, 8_000],
  [7, 7_500, 12_500],
  [100, 7_500, 12_500],
  [5_000, 7_500, 12_500],
])('try %d comes after %d to %d milliseconds', (attempt, from, to) => {
  for (let times = 0; times < 100; times += 1) {
    expect(pause(attempt)).toBeGreaterThanOrEqual(from)
    expect(pause(attempt)).toBeLessThanOrEqual(to)
  }
})
