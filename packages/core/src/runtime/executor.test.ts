import { manualClock } from '@staffa/testing'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { aContext } from '../../test/a-context.ts'
import { aJob } from '../../test/a-job.ts'
import { cancel, complete, type Job, jsonLogger, StaffaError, snooze, type Worker, worker } from '../index.ts'
import { registry } from '../layers/registry.ts'
import { type Attempt, execute } from './executor.ts'
import type { ExecutorTools } from './executor-tools.ts'

type Handler = Parameters<ReturnType<typeof worker>['process']>[0]

const clock = manualClock(new Date('2030-01-01T00:00:00Z'))
const stopped = (code: string) => new StaffaError(code, `stopped: ${code}`)
const heedless = () => Promise.withResolvers<unknown>()

function run(by: Worker, changes: Partial<Job> = {}, tools: Partial<ExecutorTools> = {}): Attempt {
  return execute(aJob({ worker: by.name, ...changes }), {
    registry: registry([by]),
    client: aContext().staffa,
    logger: jsonLogger({ write: () => {} }),
    clock,
    acknowledgeThrough: async () => {},
    ...tools,
  })
}

const w = (handler: Handler) => worker({ name: 'w' }).process(handler)
/** Heeds its signal as `fetch` does: it rejects with an error of its own. */
const heeding = w(
  ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
)

describe('an attempt', () => {
  test('ends with what the function returns, or throws, at once or later', async () => {
    const error = new Error('boom')
    const throws = () => {
      throw error
    }

    expect(await run(w(() => 7)).ended).toMatchObject({ ended: complete(7), ack: { state: 'completed' } })
    expect(await run(w(async () => snooze(60))).ended).toMatchObject({ ack: { state: 'scheduled', delay: 60_000 } })
    for (const handler of [throws, async () => throws()]) {
      expect(await run(w(handler)).ended).toMatchObject({
        ended: { kind: 'raised', error },
        ack: { state: 'retryable' },
      })
    }
  })

  test('tells how long it took, and that its function has left', async () => {
    const attempt = run(w(() => new Promise((resolve) => setTimeout(resolve, 20))))
    expect(attempt.hasLeft()).toBe(false)
    const { duration } = await attempt.ended

    expect(duration).toBeGreaterThan(15)
    expect(attempt.hasLeft()).toBe(true)
    await attempt.left
  })

  test('of an unknown worker fails, and may be tried again', async () => {
    const { ended, ack } = await run(
      w(() => 1),
      { worker: 'v' },
    ).ended

    expect(ended).toMatchObject({ kind: 'raised', error: { code: 'UNKNOWN_WORKER' } })
    expect(ack).toMatchObject({
      state: 'retryable',
      error: expect.stringMatching(/^\*\* \(StaffaError UNKNOWN_WORKER\) unknown worker: v, did you mean "w"\?/),
    })
  })

  test('at args that no worker can take fails', async () => {
    for (const args of [[1], 'text', 7]) {
      expect(
        await run(
          w(() => 1),
          { args: args as never },
        ).ended,
      ).toMatchObject({
        ended: { error: { code: 'INVALID_ARGS' } },
      })
    }
  })

  test('is given all that its function may need', async () => {
    const lines: string[] = []
    const logger = jsonLogger({ level: 'info', write: (line) => lines.push(line) })
    const client = aContext().staffa
    let context: object | undefined
    const looks = w((given) => {
      context = given
      given.logger.info({ to: 'ann' }, 'hello')
      given.logger.error(new TypeError('why'))
    })
    await run(looks, { args: { id: 1 } }, { logger, client }).ended

    expect(context).toMatchObject({ args: { id: 1 }, job: { id: 1, worker: 'w' }, staffa: client })
    expect(Object.isFrozen(context)).toBe(true)
    const job = { id: 1, worker: 'w', queue: 'default', attempt: 1 }
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', message: 'hello', to: 'ann', job },
      { level: 'error', error: { message: 'why' }, job },
    ])
  })

  test('never rejects, and leaves no promise broken, whatever its function does', async () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true })

    await fc.assert(
      fc.asyncProperty(anything, fc.constantFrom('return', 'throw', 'reject'), async (value, how) => {
        const attempt = run(
          w(() => {
            if (how === 'throw') throw value
            return how === 'reject' ? Promise.reject(value) : value
          }),
        )
        const { ack } = await attempt.ended
        await attempt.left

        expect(ack.state).toBe(how === 'return' ? 'completed' : 'retryable')
      }),
    )
  })
})

describe('a timeout', () => {
  const limited = (timeout: unknown, handler: Handler = () => heedless().promise) =>
    worker({ name: 'w', timeout: timeout as never }).process(handler)

  test.each<[string, unknown, Partial<Job>]>([
    ["the worker's", { milliseconds: 5 }, {}],
    ["the worker's, by job", ({ attempt }: Job) => ({ milliseconds: attempt * 5 }), {}],
    ["the job's own, which wins", { hours: 1 }, { meta: { timeout: 5 } }],
    ["the job's own, though the worker has none", undefined, { meta: { timeout: 5 } }],
  ])('%s ends the attempt, whether the function heeds it or not', async (_, timeout, changes) => {
    let signal: AbortSignal | undefined
    const function_ = heedless()
    const attempt = run(
      limited(timeout, (context) => {
        signal = context.signal
        return function_.promise
      }),
      changes,
    )
    const { ended, ack } = await attempt.ended

    expect(ended).toMatchObject({ kind: 'raised', error: { code: 'TIMEOUT', message: 'w timed out after 5ms' } })
    expect(ack).toMatchObject({ state: 'retryable', error: expect.stringContaining('w timed out after 5ms') })
    expect(signal?.reason).toMatchObject({ code: 'TIMEOUT' })
    expect(attempt.hasLeft()).toBe(false)
    function_.reject(new Error('too late for anybody'))
    await attempt.left
    expect(attempt.hasLeft()).toBe(true)
  })

  test('is forgotten when the attempt ends in time', async () => {
    let signal: AbortSignal | undefined
    const timed = limited({ milliseconds: 5 }, (context) => {
      signal = context.signal
    })
    await run(timed).ended
    await new Promise((resolve) => setTimeout(resolve, 15))

    expect(signal?.aborted).toBe(false)
  })

  test.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('no')
      },
    ],
    ['makes no sense', () => 'soon'],
    ['is negative', () => -1],
  ])('that %s fails the attempt', async (_, timeout) => {
    const { ended, ack } = await run(limited(timeout)).ended

    expect(ended).toMatchObject({ kind: 'raised', error: { name: expect.stringMatching(/TypeError|StaffaError/) } })
    expect(ack).toMatchObject({ state: 'retryable' })
  })

  test.each([-5, 0, 'soon', null])('of %o in the meta of a stranger’s job is no limit', async (timeout) => {
    expect(
      await run(
        w(() => 1),
        { meta: { timeout } },
      ).ended,
    ).toMatchObject({ ack: { state: 'completed' } })
  })

  test('longer than timers can count to does not come early', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const function_ = heedless()
    const attempt = run(limited({ days: 30 }, () => function_.promise))
    await vi.advanceTimersByTimeAsync(25 * 86_400_000)
    function_.resolve('at last')

    expect(await attempt.ended).toMatchObject({ ended: complete('at last') })
  })
})

describe('an attempt that is stopped', () => {
  test.each(['CANCELLED', 'LOST', 'TIMEOUT'])('for the reason %s ends at once, heeded or not', async (code) => {
    for (const by of [w(() => heedless().promise), heeding]) {
      const attempt = run(by)
      attempt.abort(stopped(code))

      expect(await attempt.ended).toMatchObject({ ended: { kind: 'raised', error: { code } } })
    }
  })

  test('by hand is cancelled', async () => {
    const attempt = run(heeding)
    attempt.abort(stopped('CANCELLED'))

    expect((await attempt.ended).ack).toMatchObject({ state: 'cancelled', error: expect.stringContaining('CANCELLED') })
  })

  test('by a shutdown is given back when its function heeds that', async () => {
    const attempt = run(heeding)
    attempt.abort(stopped('SHUTDOWN'))

    expect((await attempt.ended).ack).toMatchObject({ id: 1, attempt: 1, state: 'available', refund: true })
  })

  test('by a shutdown ends as ever when its function does not heed that', async () => {
    const function_ = heedless()
    const attempt = run(w(() => function_.promise))
    attempt.abort(stopped('SHUTDOWN'))
    function_.resolve('done')

    expect(await attempt.ended).toMatchObject({ ended: complete('done'), ack: { state: 'completed' } })
  })

  test('twice is stopped for the first reason', async () => {
    const attempt = run(heeding)
    attempt.abort(stopped('CANCELLED'))
    attempt.abort(stopped('LOST'))

    expect(await attempt.ended).toMatchObject({ ended: { error: { code: 'CANCELLED' } } })
  })

  test('after its end goes on unmoved', async () => {
    const attempt = run(w(() => cancel('why')))
    const before = await attempt.ended
    attempt.abort(stopped('LOST'))

    expect(await attempt.ended).toBe(before)
  })
})

describe('a deadline', () => {
  const meta = { deadline: clock.now().getTime() }

  test('that has passed cancels the job, which does not run', async () => {
    let ran = false
    const late = manualClock(new Date(meta.deadline + 1))
    const runs = w(() => {
      ran = true
    })
    const { ack, ended } = await run(runs, { meta }, { clock: late }).ended

    expect(ran).toBe(false)
    expect(ended).toMatchObject({ error: { code: 'DEADLINE' } })
    expect(ack).toMatchObject({
      state: 'cancelled',
      error: expect.stringContaining('w was not run before its deadline, 2030-01-01T00:00:00.000Z'),
    })
  })

  test('that is now is met', async () => {
    expect(
      (
        await run(
          w(() => 1),
          { meta },
        ).ended
      ).ack,
    ).toMatchObject({ state: 'completed' })
  })

  test('of a stranger’s making is none', async () => {
    for (const deadline of ['2020-01-01', null, { year: 2020 }]) {
      expect(
        (
          await run(
            w(() => 1),
            { meta: { deadline } },
          ).ended
        ).ack,
      ).toMatchObject({ state: 'completed' })
    }
  })
})

describe('acknowledging through a transaction', () => {
  const transaction = { query: async () => [] }
  const acknowledging = (then: () => unknown = () => {}) =>
    w(async ({ acknowledge }) => {
      await acknowledge(transaction, complete(1))
      return then()
    })

  test('writes the Ack there, and the batch leaves the job alone', async () => {
    const written: unknown[] = []
    const acknowledgeThrough = async (...args: unknown[]) => void written.push(args)
    const executed = await run(acknowledging(), {}, { acknowledgeThrough }).ended

    expect(written).toMatchObject([[transaction, { ack: { id: 1, attempt: 1, state: 'completed' }, job: { id: 1 } }]])
    expect(executed.acknowledged).toBe(true)
  })

  test('is undone by an error: then the batch writes the failure', async () => {
    const fails = () => {
      throw new Error('the commit failed')
    }

    expect(await run(acknowledging(fails)).ended).toMatchObject({ acknowledged: false, ack: { state: 'retryable' } })
  })

  test('a second time is refused, and so is what no longer belongs to the attempt', async () => {
    const twice = w(async ({ acknowledge }) => {
      await acknowledge(transaction, complete(1))
      await acknowledge(transaction, complete(2))
    })
    const lost = async () => {
      throw stopped('LOST')
    }

    expect(await run(twice).ended).toMatchObject({ ended: { error: { code: 'LOST' } }, acknowledged: false })
    expect(await run(acknowledging(), {}, { acknowledgeThrough: lost }).ended).toMatchObject({
      ended: { error: { code: 'LOST' } },
      acknowledged: false,
    })
  })
})
