import { type Client, cancel, type Next, snooze, worker } from '@staffa/core'
import { describe, expectTypeOf, it } from 'vitest'
import { fetchRecorded, recorded, waitForRecorded } from './index.ts'

const w = worker({ name: 'typed' })
const staffa = {} as Client

describe('the types of a recorded worker', () => {
  it('are those of what it returns, without the outcomes', () => {
    const busy = w.use(recorded()).process(async ({ job }) => {
      if (job.attempt > 3) return cancel('too late')

      return job.attempt > 1 ? snooze({ minutes: 1 }) : { at: new Date() }
    })
    const fetch = () => fetchRecorded(staffa, busy, 1)
    const wait = () => waitForRecorded(staffa, busy, 1, { timeout: { seconds: 5 } })

    expectTypeOf(fetch).returns.resolves.toEqualTypeOf<{ at: Date } | undefined>()
    expectTypeOf(wait).returns.resolves.toEqualTypeOf<{ at: Date } | undefined>()
  })

  it('are known of a worker whose args are typed, too', () => {
    const sum = w
      .typed<{ of: readonly number[] }>()
      .use(recorded({ limit: 100 }))
      .process(({ args }) => args.of.length)

    expectTypeOf(() => fetchRecorded(staffa, sum, 1)).returns.resolves.toEqualTypeOf<number | undefined>()
    expectTypeOf(sum.new).parameter(0).toEqualTypeOf<{ of: readonly number[] }>()
  })

  it('reach through layers inside and outside', () => {
    const layered = w
      .use(async (_context, next: Next) => next({ outer: 1 }))
      .use(recorded())
      .use(async ({ outer }, next: Next) => next({ inner: outer + 1 }))
      .process(({ inner }) => inner)

    expectTypeOf(() => fetchRecorded(staffa, layered, 1)).returns.resolves.toEqualTypeOf<number | undefined>()
  })

  it('refuse a worker that does not record', () => {
    const plain = w.process(() => 1)

    // @ts-expect-error — nobody has kept it
    expectTypeOf(() => fetchRecorded(staffa, plain, 1)).not.toBeNever()
    // @ts-expect-error — nor would it be worth waiting for
    expectTypeOf(() => waitForRecorded(staffa, plain, 1)).not.toBeNever()
  })

  it('refuse recording twice', () => {
    const once = w.use(recorded())

    // @ts-expect-error — an outer layer records already
    expectTypeOf(() => once.use(recorded({ to: 'other' }))).not.toBeNever()
  })

  it('refuse options that do not exist', () => {
    // @ts-expect-error — a slip of the pen
    expectTypeOf(() => recorded({ limits: 1 })).not.toBeNever()
    // @ts-expect-error — part of an encoded value is none
    expectTypeOf(() => recorded({ onOversize: 'truncate' })).not.toBeNever()
    // @ts-expect-error — no such codec
    expectTypeOf(() => recorded({ codec: 'json' })).not.toBeNever()
  })
})
