import { isStaffaError, type Job, newJob, type Plugin, worker } from '@staffa/core'
import { settled, type TestOptions, type TestStaffa, testStaffa } from '@staffa/testing'
import { describe, expect, it } from 'vitest'
import { fetchRecorded, recorded } from './index.ts'

const count = worker({ name: 'count', aliases: ['tally'] })
  .use(recorded())
  .process(({ job }) => ({ id: job.id }))

describe('fetching what a job returned', () => {
  it('needs neither a start nor a registration', async () => {
    await using staffa = await running({ workers: [count] })
    const { id } = await settled(staffa, await staffa.insert(count.new({})))
    await using other = await testStaffa({ database: staffa.database, prefix: staffa.prefix })

    expect(await fetchRecorded(other, count, id)).toEqual({ id })
  })

  it('reads the job again when it had not ended', async () => {
    await using staffa = await running({ workers: [count] })
    const inserted = await staffa.insert(count.new({}))
    const ended = await settled(staffa, inserted)

    expect(await fetchRecorded(staffa, count, inserted)).toEqual({ id: inserted.id })
    expect(await fetchRecorded({ ...staffa, jobs: { get: unreachable } } as never, count, ended)).toEqual({
      id: inserted.id,
    })
  })

  it('finds nothing where there is nothing', async () => {
    await using staffa = await testStaffa()
    const { id } = await staffa.insert(count.new({}, { queue: 'elsewhere' }))

    expect(await fetchRecorded(staffa, count, id)).toBeUndefined()
    expect(await fetchRecorded(staffa, count, 999_999)).toBeUndefined()
    expect(await fetchRecorded(staffa, count, { ...(await staffa.insert(count.new({}))), id: 999_999 })).toBeUndefined()
  })

  it('takes jobs of the worker, by each of its names, and no others', async () => {
    await using staffa = await running({ workers: [count] })
    const alias = await settled(staffa, await staffa.insert(newJob('tally', {})))
    const other = await staffa.insert(newJob('another', {}))

    expect(await fetchRecorded(staffa, count, alias)).toEqual({ id: alias.id })
    await expect(fetchRecorded(staffa, count, other)).rejects.toThrow('expected job to be one of count, got "another"')
  })

  it('refuses a worker that does not record', async () => {
    await using staffa = await testStaffa()
    const plain = worker({ name: 'plain' }).process(() => 1)
    const { id } = await staffa.insert(plain.new({}))

    await expect(fetchRecorded(staffa, plain as never, id)).rejects.toThrow('expected worker to be one that uses')
  })

  it.each(['***', 'AQ', 'g3IA', 17, { a: 1 }, ['x']])('says that a result cannot be read: %j', async (stored) => {
    await using staffa = await testStaffa()
    const job = await ended(staffa, { return: stored })
    const error = await fetchRecorded(staffa, count, job).catch((reason) => reason)

    expect(isStaffaError(error, 'RESULT_UNREADABLE')).toBe(true)
    expect(error.data).toEqual({ id: job.id, worker: 'count' })
  })

  it.each([
    ['Elixir', 'g3QAAAABbQAAAAJva2wAAAADYQFtAAAAAWJkAANuaWxq', { ok: [1, 'b', null] }],
    ['Python', 'g3QAAAABbQAAAAFhbAAAAANhAXMDbmlsbQAAAAF4ag', { a: [1, null, 'x'] }],
  ])('reads what programs in %s have recorded', async (_language, text, value) => {
    await using staffa = await testStaffa()
    const job = await ended(staffa, { recorded: true, return: text })

    expect(await fetchRecorded(staffa, count, job)).toEqual(value)
  })
})

describe('a result inside layers that protect', () => {
  const secret = worker({ name: 'secret' })
    .use(locking('outer'))
    .use(locking('inner'))
    .use(recorded())
    .process(() => 'the result')

  it('is stored sealed by all of them, and fetched as it was', async () => {
    await using staffa = await running({ workers: [secret], use: [locking('instance')] })
    const job = await settled(staffa, await staffa.insert(secret.new({})))

    expect(job.meta.return).toMatch(/^instance\(outer\(inner\([A-Za-z0-9+/]+\)\)\)$/)
    expect(await fetchRecorded(staffa, secret, job)).toBe('the result')
  })

  it('is not read without them, and quoted by no error', async () => {
    await using staffa = await testStaffa()
    const quoting = Buffer.concat([Buffer.of(1), Buffer.from('hunter2')]).toString('base64')
    const readable = await ended(staffa, { return: `outer(inner(${quoting}))` }, 'secret')
    const foreign = await ended(staffa, { return: quoting }, 'secret')
    const errors = [readable, foreign].map((job) => fetchRecorded(staffa, secret, job).catch((reason) => reason))

    for (const error of await Promise.all(errors)) {
      expect(isStaffaError(error, 'RESULT_UNREADABLE')).toBe(true)
      expect(`${error.message} ${error.cause}`).not.toContain('hunter2')
    }
  })

  it('counts against the limit as it is stored', async () => {
    const short = worker({ name: 'short', maxAttempts: 1 })
      .use(locking('a name that is longer than the limit'))
      .use(recorded({ limit: 30 }))
      .process(() => 1)
    await using staffa = await running({ workers: [short] })
    const job = await settled(staffa, await staffa.insert(short.new({})))

    expect(job).toMatchObject({ state: 'discarded', errors: [{ error: expect.stringContaining('RESULT_TOO_LARGE') }] })
  })
})

function running(options: TestOptions): Promise<TestStaffa> {
  return testStaffa({ queues: { default: 2 }, start: true, ...options })
}

/** A job that has ended with this meta, whoever ran it. */
async function ended(staffa: TestStaffa, meta: object, name = 'count'): Promise<Job> {
  const { id } = await staffa.insert(newJob(name, {}))
  await staffa.query(
    `UPDATE "${staffa.prefix}".oban_jobs SET state = 'completed', completed_at = now(), meta = $1 WHERE id = $2`,
    [JSON.stringify(meta), id],
  )

  return (await staffa.jobs.get(id)) as Job
}

function locking(name: string): Plugin {
  return {
    plugin: name,
    protect: {
      seal: (text) => `${name}(${text})`,
      open: (text) => {
        if (!text.startsWith(`${name}(`)) throw new Error(`not sealed: ${text}`)

        return text.slice(name.length + 1, -1)
      },
    },
  }
}

async function unreachable(): Promise<never> {
  throw new Error('expected the job not to be read again')
}
