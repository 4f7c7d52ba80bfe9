import { describe, expect, test } from 'vitest'
import type { NewJob } from '../job/job.ts'
import { newJob } from '../lifecycle/describe.ts'
import type { AnyPlugin } from './plugin.ts'
import { prepare } from './prepare.ts'
import { worker } from './worker.ts'

const changing = (change: (job: NewJob) => unknown): AnyPlugin => ({ plugin: 'changing', insert: change as never })
const settling: AnyPlugin = { plugin: 'settling', settle: async () => {} }

test('a plain job is stored as it is described', async () => {
  const job = newJob('w', { id: 1 })

  expect(await prepare(job, [])).toBe(job)
})

test("the worker's layers transform it before those of the instance", async () => {
  const tag = (name: string) => changing((job) => ({ ...job, tags: [...job.tags, name] }))
  const job = worker({ name: 'w' })
    .use(tag('inner'))
    .process(() => {})
    .new({})

  expect(await prepare(job, [tag('outer')])).toMatchObject({ tags: ['inner', 'outer'] })
})

describe('what a layer makes is checked like what a caller gives', () => {
  test.each<[string, unknown, string, string]>([
    ['args', { args: { at: new Date() } }, 'INVALID_ARGS', 'expected args.at to be something that JSON can hold'],
    ['meta', { meta: { f: () => 1 } }, 'INVALID_META', 'expected meta.f to be something that JSON can hold'],
  ])('%s', async (_, change, code, message) => {
    const job = newJob('w', {})
    const prepared = prepare(job, [changing((given) => ({ ...given, ...(change as object) }))])

    await expect(prepared).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test.each([undefined, null, 7, 'job'])('and %o is no job at all', async (made) => {
    await expect(prepare(newJob('w', {}), [changing(() => made)])).rejects.toMatchObject({
      code: 'INVALID_RESULT',
      message: expect.stringContaining('expected changing to return the job that it inserts, got '),
    })
  })
})

test('what comes out is frozen, whatever the layers did', async () => {
  const copying = changing((job) => ({ ...job, args: { sealed: 'x' } }))
  const prepared = await prepare(newJob('w', { id: 1 }), [copying])

  expect(prepared.args).toEqual({ sealed: 'x' })
  for (const value of [prepared, prepared.args, prepared.meta]) expect(Object.isFrozen(value)).toBe(true)
})

describe('marks for those who read the row later', () => {
  test('a job whose stack settles says so', async () => {
    const job = worker({ name: 'w', meta: { a: 1 } })
      .use(settling)
      .process(() => {})
      .new({})

    expect((await prepare(job, [])).meta).toEqual({ a: 1, settles: true })
    expect((await prepare(newJob('w', {}), [settling])).meta).toEqual({ settles: true })
  })

  test('a unique job carries its fingerprint, taken from what it holds in the end', async () => {
    const job = newJob('w', { id: 1 }, { unique: true })
    const { meta, fingerprint } = await prepare(job, [])

    expect(fingerprint).toMatch(/^[0-9a-f]{32}$/)
    expect(meta).toEqual({ fingerprint })
  })

  test('a layer that makes args unreadable may give the fingerprint itself', async () => {
    const sealing = changing((job) => ({ ...job, args: { sealed: Math.random() }, fingerprint: 'keyed' }))
    const { meta } = await prepare(newJob('w', { id: 1 }, { unique: true }), [sealing])

    expect(meta).toEqual({ fingerprint: 'keyed' })
  })

  test('a job that is not unique carries none, even if a layer gives one', async () => {
    const { meta } = await prepare(newJob('w', {}), [changing((job) => ({ ...job, fingerprint: 'keyed' }))])

    expect(meta).toEqual({})
  })
})
