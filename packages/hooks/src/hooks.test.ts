import { cancel, discard, fail, type Job, type NewJob, snooze, type Worker, worker } from '@staffa/core'
import { settled, testStaffa, untilEvent } from '@staffa/testing'
import { pluginConformance } from '@staffa/testing/conformance/plugin'
import { describe, expect, onTestFinished, test } from 'vitest'
import { recorder } from '../test/recorder.ts'
import { attachHook, detachHook, type Hook, hooks } from './index.ts'

pluginConformance(test, { plugin: () => hooks() })
pluginConformance(test, { plugin: () => hooks(recorder().hook, recorder().hook) })

const states = ['completed', 'scheduled', 'retryable', 'cancelled', 'discarded'] as const

function started(...workers: readonly Worker[]) {
  return testStaffa({ workers, queues: { default: 1 }, start: true, onFinished: onTestFinished })
}

/** The job after one attempt. */
async function attempted(by: Worker, job: NewJob = by.new({})): Promise<Job> {
  const staffa = await started(by)

  return settled(staffa, await staffa.insert(job), { states })
}

function attached(hook: Hook): void {
  attachHook(hook)
  onTestFinished(() => detachHook(hook))
}

describe('afterProcess', () => {
  const error = new Error('thrown')

  test.each<[string, () => unknown, unknown]>([
    ['complete', () => 'a result', 'a result'],
    ['cancel', () => cancel('a reason'), 'a reason'],
    ['discard', () => discard('a reason'), 'a reason'],
    ['error', () => fail('a reason'), 'a reason'],
    ['error', () => Promise.reject(error), error],
    ['snooze', () => snooze({ minutes: 5 }), { minutes: 5 }],
  ])('is told %s, with what goes with it', async (state, handler, result) => {
    const { hook, calls, results } = recorder()
    await attempted(worker({ name: 'telling' }).use(hooks(hook)).process(handler))

    expect(calls).toEqual(['beforeNew telling', 'beforeProcess 1', `afterProcess ${state}`])
    expect(results).toEqual([result])
  })

  test('is told discard when no attempts are left', async () => {
    const { hook, calls, results } = recorder()
    const failing = worker({ name: 'failing', maxAttempts: 1 }).use(hooks(hook))
    await attempted(failing.process(() => Promise.reject(error)))

    expect(calls.at(-1)).toBe('afterProcess discard')
    expect(results).toEqual([error])
  })

  test('is told of a job that gives itself up, and so is who listens to telemetry', async () => {
    const stopped = untilEvent('job.stop', ({ job }) => job.worker === 'giving-up')
    const { hook, calls } = recorder()
    const job = await attempted(
      worker({ name: 'giving-up' })
        .use(hooks(hook))
        .process(() => discard('beyond hope')),
    )

    expect(job).toMatchObject({ state: 'discarded' })
    expect(calls.at(-1)).toBe('afterProcess discard')
    expect(await stopped).toMatchObject({ state: 'discarded' })
  })

  test('is told of a timeout at once, whether the function heeds it or not', async () => {
    const late = Promise.withResolvers<void>()
    const { hook, calls, results } = recorder()
    const slow = worker({ name: 'slow', timeout: { milliseconds: 20 } }).use(hooks(hook))
    await attempted(slow.process(() => late.promise))
    late.resolve()

    expect(calls.at(-1)).toBe('afterProcess error')
    expect(results).toEqual([expect.objectContaining({ code: 'TIMEOUT' })])
  })

  test('is told what an outer layer has made of it', async () => {
    const { hook, calls, results } = recorder()
    const spoiled = worker({ name: 'spoiled' })
      .use(async (_context: object, next) => {
        await next()
        throw error
      })
      .use(hooks(hook))
      .process(() => 'fine')
    await attempted(spoiled)

    expect(calls.at(-1)).toBe('afterProcess error')
    expect(results).toEqual([error])
  })

  test('finds what outer layers have added', async () => {
    const seen: unknown[] = []
    const tenanted = worker({ name: 'tenanted' })
      .typed<{ id: number }>()
      .use((_context, next) => next({ tenant: 'acme' }))
      .use(hooks({ afterProcess: (_, { args, tenant, job }) => seen.push([args.id, tenant, job.worker]) }))
      .process(() => {})
    await attempted(tenanted, tenanted.new({ id: 7 }))

    expect(seen).toEqual([[7, 'acme', 'tenanted']])
  })
})

describe('order', () => {
  test("a worker's own, then those that are listed, then the global ones", async () => {
    const order: string[] = []
    const named = (name: string): Hook => ({
      beforeNew: () => void order.push(`new ${name}`),
      beforeProcess: () => void order.push(`before ${name}`),
      afterProcess: () => order.push(`after ${name}`),
    })
    attached(named('global'))
    await attempted(
      worker({ name: 'ordered' })
        .use(hooks(named('own'), named('listed')))
        .process(() => {}),
    )

    const names = ['own', 'listed', 'global']
    expect(order).toEqual(['new', 'before', 'after'].flatMap((turn) => names.map((name) => `${turn} ${name}`)))
  })

  test('a global hook is called once, however often it is attached and however many layers there are', async () => {
    const { hook, calls } = recorder()
    attached(hook)
    attached(hook)
    await attempted(
      worker({ name: 'layered' })
        .use(hooks())
        .use(hooks())
        .process(() => {}),
    )

    expect(calls).toEqual(['beforeNew layered', 'beforeProcess 1', 'afterProcess complete'])
  })

  test('a hook that was detached is not called', async () => {
    const { hook, calls } = recorder()
    attachHook(hook)
    detachHook(hook)
    await attempted(
      worker({ name: 'detached' })
        .use(hooks())
        .process(() => {}),
    )

    expect(calls).toEqual([])
  })

  test('an instance can have them, for every worker', async () => {
    const { hook, calls } = recorder()
    const plain = worker({ name: 'plain' }).process(() => {})
    const settings = { workers: [plain], queues: { default: 1 }, start: true, onFinished: onTestFinished }
    const staffa = await testStaffa({ ...settings, use: [hooks(hook)] })
    await settled(staffa, await staffa.insert(plain.new({})))

    expect(calls).toEqual(['beforeNew plain', 'beforeProcess 1', 'afterProcess complete'])
  })
})

describe('before', () => {
  test('a new job can be changed, hook by hook', async () => {
    const tag = (name: string): Hook => ({ beforeNew: (job) => ({ ...job, tags: [...job.tags, name] }) })
    const tagged = worker({ name: 'tagged' }).use(hooks(tag('one'), {}, tag('two')))

    expect(await attempted(tagged.process(() => {}))).toMatchObject({ tags: ['one', 'two'] })
  })

  test('a new job can be refused', async () => {
    const refused = worker({ name: 'refused' }).use(hooks({ beforeNew: () => Promise.reject(new Error('full')) }))

    await expect(attempted(refused.process(() => {}))).rejects.toThrow('full')
  })

  test('an attempt can be stopped with an outcome, which the others are told of', async () => {
    const ran: unknown[] = []
    const { hook, calls } = recorder()
    const stopped = worker({ name: 'stopped' })
      .use(hooks({ beforeProcess: async () => cancel('not today') }, hook))
      .process(({ job }) => ran.push(job))

    expect(await attempted(stopped)).toMatchObject({ state: 'cancelled' })
    expect(ran).toEqual([])
    expect(calls).toEqual(['beforeNew stopped', 'afterProcess cancel'])
  })

  test('an attempt fails that a hook objects to', async () => {
    const objecting: Hook = { beforeProcess: () => Promise.reject(new Error('not allowed')) }
    const job = await attempted(
      worker({ name: 'failed' })
        .use(hooks(objecting))
        .process(() => {}),
    )

    expect(job).toMatchObject({ state: 'retryable', errors: [{ error: expect.stringMatching(/not allowed/) }] })
  })
})

describe('isolation', () => {
  const never = new Promise(() => {})

  test.each<[string, Hook, object]>([
    [
      'throws',
      {
        afterProcess: () => {
          throw new Error('clumsy')
        },
      },
      { message: 'clumsy' },
    ],
    ['rejects', { afterProcess: () => Promise.reject(new Error('clumsy')) }, { message: 'clumsy' }],
    ['hangs', { afterProcess: () => never, timeout: { milliseconds: 20 } }, { code: 'TIMEOUT' }],
  ])('a hook that %s is reported, and changes nothing', async (_, clumsy, error) => {
    const reported = untilEvent('failure', ({ where }) => where === 'afterProcess of isolated')
    const { hook, calls } = recorder()
    const job = await attempted(
      worker({ name: 'isolated' })
        .use(hooks(clumsy, hook))
        .process(() => {}),
    )

    expect(job).toMatchObject({ state: 'completed', errors: [] })
    expect(await reported).toMatchObject({ error })
    expect(calls.at(-1)).toBe('afterProcess complete')
  })

  test('the time that a hook takes is not taken from the job', async () => {
    const slow: Hook = { afterProcess: () => never, timeout: { milliseconds: 200 } }
    const timed = worker({ name: 'timed', timeout: { milliseconds: 100 } }).use(hooks(slow))

    expect(await attempted(timed.process(() => {}))).toMatchObject({ state: 'completed', errors: [] })
  })
})

test.each<[string, object]>([
  ['INVALID_OPTION', { afterProcess: 'log' }],
  ['UNKNOWN_OPTION', { afterProces: () => {} }],
  ['INVALID_OPTION', { timeout: 0 }],
  ['INVALID_OPTION', null as never],
])('what is not a hook is refused with %s', (code, hook) => {
  expect(() => hooks(hook as Hook)).toThrow(expect.objectContaining({ code }))
  expect(() => attachHook(hook as Hook)).toThrow(expect.objectContaining({ code }))
})
