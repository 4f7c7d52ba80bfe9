import { describe, expect, test } from 'vitest'
import type { NewJob } from '../job/job.ts'
import { newJob } from '../lifecycle/describe.ts'
import { marking } from '../support/sharing.ts'
import type { AnyPlugin } from './plugin.ts'
import { prepare, prepareAll } from './prepare.ts'
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

describe('many jobs', () => {
  const marked = marking('marked')
  const shares = worker({ name: 'shares' })
    .use(changing((job) => ({ ...job, meta: marked(job.meta) })))
    .use(settling)
    .process(() => {})

  test('share the meta that layers have made of the one they shared, so that they are sent together', async () => {
    const [one, other] = await prepareAll([shares.new({ n: 1 }), shares.new({ n: 2 })], [])

    expect(one?.meta).toEqual({ marked: true, settles: true })
    expect(other?.meta).toBe(one?.meta)
  })

  test('have each their own of an object that a layer changes from job to job', async () => {
    const [counts, inside] = [{ n: 0 }, { n: 0 }]
    const changes = changing((job) => {
      const { tags } = job
      counts.n += 1
      inside.n += 1

      return { ...job, meta: tags[0] === 'deep' ? Object.freeze({ inside }) : counts }
    })
    const jobs = [undefined, undefined, ['deep'], ['deep']].map((tags) => newJob('w', {}, { tags }))
    const prepared = await prepareAll(jobs, [changes])

    expect(prepared.map(({ meta }) => meta)).toEqual([{ n: 1 }, { n: 2 }, { inside: { n: 3 } }, { inside: { n: 4 } }])
  })

  test('are given back in order, whether a layer takes its time or not, and one that fails fails all', async () => {
    const slow = changing(async (job) => {
      if (job.args.bad === 'later') throw new Error('later')

      return { ...job, tags: ['slow'] }
    })
    const some = changing((job) => {
      if (job.args.bad === 'at once') throw new Error('at once')

      return job.args.slow ? slow.insert?.(job) : job
    })
    const jobs = [{ slow: true }, {}, { slow: true }].map((args) => newJob('w', args))
    const bad = [newJob('w', { slow: true, bad: 'later' }), newJob('w', { bad: 'at once' })]

    expect((await prepareAll(jobs, [some])).map(({ tags }) => tags)).toEqual([['slow'], [], ['slow']])
    await expect(prepareAll([...jobs, ...bad], [some])).rejects.toThrow(/later|at once/)
  })
})
