import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LoopOptions, loop, sleep, within } from './service.ts'

const never = new Promise<never>(() => {})
const forAges = 2 ** 40

/** A loop that counts its ticks, and waits for ages between them unless told otherwise. */
function counting(options: Partial<LoopOptions> = {}) {
  const errors: unknown[] = []
  const reached: (() => void)[] = []
  let ticks = 0
  const running = loop({
    every: forAges,
    onError: (error) => errors.push(error),
    ...options,
    tick: (signal) => {
      ticks += 1
      for (const tell of reached.splice(0)) tell()
      return options.tick?.(signal) ?? Promise.resolve()
    },
  })
  onTestFinished(() => running.stop())

  return { ...running, errors, count: () => ticks, next: () => new Promise<void>((resolve) => reached.push(resolve)) }
}

async function turns(count: number): Promise<void> {
  for (let turned = 0; turned < count; turned += 1) await turn()
}

describe('a loop', () => {
  test('ticks at once, and again after each pause', async () => {
    let pauses = 0
    const { start, stop, next, count } = counting({ every: () => (pauses++ < 2 ? 1 : forAges) })
    const third = (async () => {
      for (let times = 0; times < 3; times += 1) await next()
    })()
    start()
    await third
    await stop()

    expect(count()).toBe(3)
  })

  test('tells when it has ticked for the first time, each time that it was started', async () => {
    const seen: string[] = []
    const gate = Promise.withResolvers<void>()
    const { start, ticked, stop } = counting({ tick: () => gate.promise.finally(() => seen.push('ticked')) })
    start()
    const told = ticked().then(() => seen.push('told'))
    await turns(3)
    gate.resolve()
    await told
    await stop()
    start()
    await ticked()

    expect(seen).toEqual(['ticked', 'told', 'ticked'])
  })

  test('that is started while it stops lets nobody wait', async () => {
    const { start, ticked, stop, count } = counting()
    const stopped = stop()
    start()
    await ticked()
    await stopped

    expect(count()).toBe(0)
  })

  const error = new Error('no')

  test.each([
    ['rejects', () => Promise.reject(error)],
    [
      'throws',
      () => {
        throw error
      },
    ],
  ])('goes on after a tick that %s, and tells of it', async (_, tick) => {
    const { start, wake, next, errors } = counting({ tick })
    const first = next()
    start()
    await first
    await turns(5)
    const second = next()
    wake()
    await second
    await turns(5)

    expect(errors).toEqual([error, error])
  })

  test('started twice ticks once', async () => {
    const { start, next, count } = counting()
    const first = next()
    start()
    start()
    await first
    await turns(5)

    expect(count()).toBe(1)
  })

  test('that is woken during a tick has the next one right after it', async () => {
    const go = Promise.withResolvers<void>()
    const { start, wake, next, count } = counting({ tick: () => go.promise })
    const first = next()
    start()
    await first
    wake()
    wake()
    const second = next()
    go.resolve()
    await second
    await turns(5)

    expect(count()).toBe(2)
  })

  test('stops in the middle of a pause, and tells a tick under way to end', async () => {
    let signal: AbortSignal | undefined
    const idle = counting()
    const busy = counting({
      tick: async (given) => {
        signal = given
        await sleep(forAges, given)
      },
    })
    for (const { start, next, stop } of [idle, busy]) {
      const first = next()
      start()
      await first
      await stop()
    }

    expect(signal?.aborted).toBe(true)
  })

  test('may be stopped before it starts, twice, and started again', async () => {
    const { start, stop, next, count } = counting()
    await stop()
    await Promise.all([stop(), stop()])
    const first = next()
    start()
    await first
    await stop()
    const second = next()
    start()
    await second

    expect(count()).toBe(2)
  })

  test('waits for ages when told so, though timers count to 24 days only', async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const { start, next } = counting({ every: 30 * 86_400_000 })
    const first = next()
    start()
    await first
    await turns(5)

    expect(warnings).toEqual([])
  })
})

describe('sleep', () => {
  test('ends early when its signal is aborted, before or during it', async () => {
    const controller = new AbortController()
    const sleeping = sleep(forAges, controller.signal)
    controller.abort()
    await sleeping

    await sleep(forAges, controller.signal)
  })
})

describe('within a time', () => {
  test('a promise came, or did not', async () => {
    expect(await within(forAges, Promise.resolve())).toBe(true)
    expect(await within(0, never)).toBe(false)
  })

  test('a promise that is broken is broken for who waits', async () => {
    await expect(within(forAges, Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  test('one that is broken too late is nobody’s concern', async () => {
    const late = Promise.withResolvers<void>()
    expect(await within(0, late.promise)).toBe(false)
    late.reject(new Error('unheard'))
    await turns(5)
  })
})
