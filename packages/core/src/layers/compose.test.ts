import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aContext } from '../../test/a-context.ts'
import type { NewJob } from '../job/job.ts'
import { cancel, complete, type Outcome } from '../job/outcome.ts'
import { newJob } from '../lifecycle/describe.ts'
import { compose, transform } from './compose.ts'
import type { AnyPlugin, JobContext } from './plugin.ts'

const context = aContext()
const done = async () => complete('done')

/** A layer of both halves, or of one, that writes down when it is passed. */
function tracing(
  name: string,
  trace: string[],
  halves: { readonly insert: boolean; readonly execute: boolean },
): AnyPlugin {
  return {
    plugin: name,
    ...(halves.insert && {
      insert: (job: NewJob) => {
        trace.push(`insert ${name}`)
        return job
      },
    }),
    ...(halves.execute && {
      execute: async (_context: object, next: () => Promise<Outcome>) => {
        trace.push(`> ${name}`)
        const outcome = await next()
        trace.push(`< ${name}`)
        return outcome
      },
    }),
  }
}

test('execution goes down the stack and comes back up, insertion is its mirror image', async () => {
  const halves = fc.array(fc.record({ insert: fc.boolean(), execute: fc.boolean() }), { maxLength: 8 })

  await fc.assert(
    fc.asyncProperty(halves, async (kinds) => {
      const trace: string[] = []
      const stack = kinds.map((kind, index) => tracing(String(index), trace, kind))
      const executing = kinds.flatMap((kind, index) => (kind.execute ? [index] : []))
      const inserting = kinds.flatMap((kind, index) => (kind.insert ? [index] : []))

      expect(await compose(stack, done)(context)).toEqual(complete('done'))
      expect(trace.splice(0)).toEqual([
        ...executing.map((index) => `> ${index}`),
        ...executing.toReversed().map((index) => `< ${index}`),
      ])
      await transform(stack, newJob('w', {}))
      expect(trace).toEqual(inserting.toReversed().map((index) => `insert ${index}`))
    }),
  )
})

describe('the context', () => {
  test('holds what the layers outside added, the inner ones winning, and stays as it is for them', async () => {
    const seen: object[] = []
    const adding = (adds: object | undefined): AnyPlugin => ({
      plugin: 'adding',
      execute: async (current: object, next: (adds?: object) => Promise<Outcome>) => {
        const outcome = await next(adds)
        seen.push(current)
        return outcome
      },
    })
    const stack = [adding({ a: 1, b: 1 }), adding(undefined), adding({ b: 2 })]
    await compose(stack, async (innermost) => {
      seen.push(innermost)
      return complete()
    })(context)

    const [innermost, third, second, outermost] = seen
    expect(innermost).toEqual({ ...context, a: 1, b: 2 })
    expect(third).toEqual({ ...context, a: 1, b: 1 })
    expect(second).toBe(third)
    expect(outermost).toBe(context)
    expect(seen.every(Object.isFrozen)).toBe(true)
  })

  test('is a new one for every run', async () => {
    const run = compose([{ plugin: 'a', execute: async (_c: object, next) => next({ a: 1 }) }], async (given) =>
      complete(given),
    )
    const [one, other] = await Promise.all([run(context), run(aContext({ args: { b: 1 } }))])

    expect(one).toMatchObject({ value: { a: 1, args: {} } })
    expect(other).toMatchObject({ value: { a: 1, args: { b: 1 } } })
  })
})

test('a layer may stop short: nothing inside it runs', async () => {
  const trace: string[] = []
  const stop: AnyPlugin = { plugin: 'stop', execute: async () => cancel('enough') }
  const run = compose([tracing('outer', trace, { insert: false, execute: true }), stop], async () => {
    trace.push('handler')
    return complete()
  })

  expect(await run(context)).toEqual(cancel('enough'))
  expect(trace).toEqual(['> outer', '< outer'])
})

test('an error goes up through the layers, and one of them may make an outcome of it', async () => {
  const catching: AnyPlugin = {
    plugin: 'catching',
    execute: async (_context: object, next: () => Promise<Outcome>) => next().catch((error) => cancel(error.message)),
  }
  const fails = async () => {
    throw new Error('boom')
  }

  expect(await compose([catching], fails)(context)).toEqual(cancel('boom'))
  await expect(compose([], fails)(context)).rejects.toThrow('boom')
})

type Next = () => Promise<Outcome>

/** A promise that nobody waited for in time ends a process: whoever runs these tests is told of it, too. */
test.each<[string, (next: Next) => unknown, string]>([
  ['waits for it later', async (next) => [next(), await turn(), await turn()][0], 'boom'],
  ['never waits for it', async (next) => [void next(), cancel('enough')][1], 'cancelled'],
  ['throws meanwhile', async (next) => [next(), nothing()], 'not now'],
  ['throws at once', (next) => [next(), nothing()], 'not now'],
  ['calls it again at once', (next) => [next(), next()][1], 'expected hasty to call next() once, got a second call'],
  ['calls it again at once, in vain', (next) => [next(), next()][0], 'boom'],
  ['calls it late', async (next) => [await undefined, void next(), cancel('enough')][2], 'cancelled'],
  ['calls it again', async (next) => [await next().catch(() => cancel('enough')), void next()][0], 'cancelled'],
])('what fails inside does not end the process of a layer that %s', async (_, execute, end) => {
  const unheard: unknown[] = []
  const hear = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  const layer = { plugin: 'hasty', execute: (_context: object, next: Next) => execute(next) } as unknown as AnyPlugin
  const run = compose([layer], async () => {
    await undefined
    throw new Error('boom')
  })
  const ended = await run(context).then(
    ({ kind }) => kind,
    ({ message }: Error) => message,
  )
  await turn()
  await turn()

  expect([ended, unheard]).toEqual([end, []])
})

function nothing(): never {
  throw new Error('not now')
}

test.each([
  ['one after the other', async (next: () => Promise<Outcome>) => next().then(next)],
  ['at once', async (next: () => Promise<Outcome>) => (await Promise.all([next(), next()]))[0] as Outcome],
])('next() twice is refused: %s', async (_, twice) => {
  let runs = 0
  const layer: AnyPlugin = { plugin: 'hasty', execute: async (_context: object, next) => twice(next) }
  const run = compose([layer], async () => {
    runs += 1
    return complete()
  })

  await expect(run(context)).rejects.toMatchObject({
    code: 'NEXT_CALLED_TWICE',
    message: 'expected hasty to call next() once, got a second call',
  })
  expect(runs).toBe(1)
})

test.each([undefined, null, 'done', { kind: 'completed', value: 1 }])(
  'a layer that yields %j instead of an outcome is named',
  async (yielded) => {
    const layer = { plugin: 'forgetful', execute: async () => yielded } as unknown as AnyPlugin

    await expect(compose([layer], done)(context)).rejects.toMatchObject({
      code: 'INVALID_RESULT',
      message: expect.stringContaining('expected forgetful to return the outcome of next(), or one of its own, got '),
    })
  },
)

test('each layer is given what the one inside it made of the job', async () => {
  const note = (name: string): AnyPlugin => ({
    plugin: name,
    insert: async (job) => ({ ...job, tags: [...job.tags, name] }),
  })
  const job = newJob('w', {}, { tags: ['new'] })

  expect(await transform([note('outer'), note('inner')], job)).toMatchObject({ tags: ['new', 'inner', 'outer'] })
  expect(job.tags).toEqual(['new'])
})

test('a layer that throws at insertion ends it', async () => {
  const strict: AnyPlugin = {
    plugin: 'strict',
    insert: () => {
      throw new Error('not like that')
    },
  }

  expect(() => transform([strict], newJob('w', {}))).toThrow('not like that')
})

test('a context that is passed on whole is the same for a layer without additions', async () => {
  let given: JobContext | undefined
  await compose([{ plugin: 'plain', execute: async (_c: object, next) => next() }], async (inner) => {
    given = inner
    return complete()
  })(context)

  expect(given).toBe(context)
})
