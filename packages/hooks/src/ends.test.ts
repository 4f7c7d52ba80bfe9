import { cancel, discard, type NewJob, type Staffa, type Worker, type WorkerBuilder, worker } from '@staffa/core'
import { definePlugin, type RawContext } from '@staffa/core/plugin'
import { settled, testStaffa } from '@staffa/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Recorder, recorder } from '../test/recorder.ts'
import { attachHook, detachHook, type Hook, hooks } from './index.ts'

type Builder = WorkerBuilder<object, RawContext>

const forgetful = { beforeNew: undefined, beforeProcess: undefined }

/** A worker with a recorder on it. */
function watched(name: string, finish: (builder: Builder) => Worker = (builder) => builder.process(() => {})) {
  const recording: Recorder = recorder()
  const builder = worker({ name, maxAttempts: 1 }).use(hooks({ ...recording.hook, ...forgetful }))

  return { watched: finish(builder as never), ...recording }
}

async function node(of: Worker, options: Partial<Parameters<typeof testStaffa>[0]> = {}) {
  return testStaffa({ workers: [of], queues: { default: 1 }, start: true, onFinished: onTestFinished, ...options })
}

/** A job that is there before anything runs, in a state of which only the database knows. */
async function stranded(staffa: Awaited<ReturnType<typeof node>>, job: NewJob, columns: string): Promise<void> {
  const { id } = await staffa.insert(job)
  await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET ${columns} WHERE id = $1`, [id])
  await staffa.start()
}

describe('a job that ends out of sight of its hooks', () => {
  test('by hand', async () => {
    const { watched: by, has } = watched('cancelled')
    const staffa = await node(by)
    const { id } = await staffa.insert(by.new({}, { scheduleIn: { hours: 1 } }))
    await staffa.jobs.cancel(id)

    expect(await has(1)).toEqual(['onCancelled manual cancelled'])
  })

  test('by hand, from a program that does not know the worker', async () => {
    const { watched: by, has } = watched('remote')
    const staffa = await node(by)
    const { id } = await staffa.insert(by.new({}, { scheduleIn: { hours: 1 } }))
    const stranger = await testStaffa({ database: staffa.database, prefix: staffa.prefix, onFinished: onTestFinished })
    await stranger.jobs.cancel({ id })

    expect(await has(1)).toEqual(['onCancelled manual cancelled'])
  })

  test('deleted', async () => {
    const { watched: by, has } = watched('deleted')
    const staffa = await node(by)
    const { id } = await staffa.insert(by.new({}, { scheduleIn: { hours: 1 } }))
    await staffa.jobs.delete(id)

    expect(await has(1)).toEqual([expect.stringMatching(/^onCancelled deleted/)])
  })

  test('past its deadline', async () => {
    const { watched: by, has } = watched('overdue')
    const staffa = await node(by, { start: false })
    const overdue = by.new({}, { deadline: { seconds: 1 }, scheduledAt: new Date(Date.now() - 60_000) })
    await stranded(staffa, overdue, `state = 'available'`)

    expect(await has(1)).toEqual(['onCancelled deadline cancelled'])
  })

  test('orphaned in its last attempt', async () => {
    const { watched: by, has } = watched('orphaned')
    const rescuer = { age: { seconds: 1 }, interval: { milliseconds: 50 } }
    const staffa = await node(by, { start: false, rescuer })
    const columns = `state = 'executing', attempt = 1, attempted_at = '2020-01-01', attempted_by = '{gone,gone}'`
    await stranded(staffa, by.new({}), columns)

    expect(await has(1)).toEqual(['onDiscarded orphaned discarded'])
  })

  test('available, and without attempts left', async () => {
    const { watched: by, has } = watched('exhausted')
    const staffa = await node(by, { start: false })
    await stranded(staffa, by.new({}), 'attempt = 1')

    expect(await has(1)).toEqual(['onDiscarded exhausted discarded'])
  })

  test('by a layer outside of them', async () => {
    const { hook, has } = recorder()
    const locked = worker({ name: 'locked', maxAttempts: 1 })
      .use(definePlugin({ plugin: 'lock', execute: async () => Promise.reject(new Error('no key')) }))
      .use(hooks({ ...hook, ...forgetful }))
      .process(() => {})
    const staffa = await node(locked)
    await staffa.insert(locked.new({}))

    expect(await has(1)).toEqual(['onDiscarded exhausted discarded'])
  })
})

test.each([
  ['onCancelled returned cancelled', () => cancel()],
  ['onDiscarded returned discarded', () => discard()],
])('a layer outside of the hooks may end a job: %s', async (call, end) => {
  const { hook, has } = recorder()
  const ended = worker({ name: 'ended' })
    .use(definePlugin({ plugin: 'end', execute: async () => end() }))
    .use(hooks({ ...hook, ...forgetful }))
    .process(() => {})
  const staffa = await node(ended)
  await staffa.insert(ended.new({}))

  expect(await has(1)).toEqual([call])
})

describe('once', () => {
  test('an end that afterProcess tells of is not told again', async () => {
    const { watched: by, calls } = watched('failing', (builder) =>
      builder.process(() => Promise.reject(new Error('x'))),
    )
    const staffa = await node(by)
    for (let turn = 1; turn <= 3; turn += 1) await settled(staffa, await staffa.insert(by.new({ turn })))
    await new Promise(setImmediate)

    expect(calls).toEqual(Array(3).fill('afterProcess discard'))
  })

  test('a job that is cancelled while it runs: the attempt has ended, and the job was cancelled', async () => {
    const running = Promise.withResolvers<void>()
    const { watched: by, has } = watched('running', (builder) =>
      builder.process(({ signal }) => {
        running.resolve()

        return new Promise((aborted) => signal.addEventListener('abort', aborted))
      }),
    )
    const staffa = await node(by)
    const { id } = await staffa.insert(by.new({}))
    await running.promise
    await staffa.jobs.cancel(id)

    expect([...(await has(2))].sort()).toEqual(['afterProcess cancel', 'onCancelled manual cancelled'])
  })

  test('global hooks are told once, whatever number of layers there is', async () => {
    const { hook, has, calls } = recorder()
    const global = { ...hook, ...forgetful }
    attachHook(global)
    onTestFinished(() => detachHook(global))
    const twice = worker({ name: 'twice' })
      .use(hooks())
      .use(hooks())
      .process(() => {})
    const staffa = await node(twice)
    const { id } = await staffa.insert(twice.new({}, { scheduleIn: { hours: 1 } }))
    await staffa.jobs.cancel(id)
    await has(1)
    await new Promise(setImmediate)

    expect(calls).toEqual(['onCancelled manual cancelled'])
  })
})

test('a hook may use the database, also where there is but one connection', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  let staffa: Staffa | undefined
  const retrying: Hook = {
    onCancelled: async (_, { id }) => resolve((await staffa?.jobs.retry(id))?.state),
  }
  const stubborn = worker({ name: 'stubborn' })
    .use(hooks(retrying))
    .process(() => {})
  staffa = await node(stubborn)
  const { id } = await staffa.insert(stubborn.new({}, { scheduleIn: { hours: 1 } }))
  await staffa.jobs.cancel(id)

  expect(await promise).toBe('available')
})

test('jobs are settled only where a hook wants to know', async () => {
  const wanting = worker({ name: 'wanting' })
    .use(hooks({ onDiscarded: () => {} }))
    .process(() => {})
  const content = worker({ name: 'content' })
    .use(hooks({ afterProcess: () => {} }))
    .process(() => {})
  const staffa = await testStaffa({ onFinished: onTestFinished })
  const metaOf = async (by: Worker) => (await staffa.insert(by.new({}))).meta

  expect(await metaOf(wanting)).toEqual({ settles: true })
  expect(await metaOf(content)).toEqual({})

  const global: Hook = { onCancelled: () => {} }
  attachHook(global)
  const metaWithGlobal = await metaOf(content)
  detachHook(global)
  expect(metaWithGlobal).toEqual({ settles: true })
  expect(await metaOf(content)).toEqual({})
})
