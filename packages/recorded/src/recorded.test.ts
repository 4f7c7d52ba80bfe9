import { cancel, type Logger, worker } from '@staffa/core'
import { settled, testStaffa } from '@staffa/testing'
import { pluginConformance } from '@staffa/testing/conformance/plugin'
import { describe, expect, inject, it, test } from 'vitest'
import { fetchRecorded, recorded } from './index.ts'

pluginConformance(test, { plugin: () => recorded() })

const databases = [
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
] as const

describe.each(databases)('a recorded worker on %s', (_, database) => {
  it('keeps what it returned, with all of its types', async () => {
    const weigh = worker({ name: 'weigh' })
      .use(recorded())
      .process(async () => ({ at: new Date(0), grams: 12n, by: new Map([['ann', undefined]]) }))
    await using staffa = await testStaffa({
      database: database(),
      workers: [weigh],
      queues: { default: 2 },
      start: true,
    })
    const { id, meta } = await staffa.insert(weigh.new({}))
    expect(meta).toMatchObject({ recorded: true })
    const job = await settled(staffa, id)

    expect(job.meta.return).toEqual(expect.stringMatching(/^[A-Za-z0-9+/]+$/))
    expect(await fetchRecorded(staffa, weigh, id)).toStrictEqual({
      at: new Date(0),
      grams: 12n,
      by: new Map([['ann', undefined]]),
    })
  })

  it('runs, fails, and is discarded when what it returns is larger than the limit', async () => {
    let runs = 0
    const grow = worker({ name: 'grow', maxAttempts: 3, backoff: () => 0 })
      .use(recorded({ limit: 64 }))
      .process(() => {
        runs += 1

        return Array.from({ length: 200 }, Math.random)
      })
    await using staffa = await testStaffa({
      database: database(),
      workers: [grow],
      queues: { default: 2 },
      start: true,
    })
    const { id } = await staffa.insert(grow.new({}))
    const job = await settled(staffa, id)

    expect(runs).toBe(3)
    expect(job).toMatchObject({ state: 'discarded', attempt: 3 })
    expect(job.errors.map(({ error }) => error.split('\n', 1)[0])).toEqual(
      Array(3).fill(expect.stringMatching(/RESULT_TOO_LARGE.* at most 64 bytes, got \d+: larger than the limit/)),
    )
    expect(await fetchRecorded(staffa, grow, id)).toBeUndefined()
  })

  it('runs once when what it returns is within the limit', async () => {
    const small = worker({ name: 'small', maxAttempts: 3 })
      .use(recorded({ limit: 64 }))
      .process(({ job }) => job.attempt)
    await using staffa = await testStaffa({
      database: database(),
      workers: [small],
      queues: { default: 2 },
      start: true,
    })
    const job = await settled(staffa, await staffa.insert(small.new({})))

    expect(job).toMatchObject({ state: 'completed', attempt: 1 })
    expect(await fetchRecorded(staffa, small, job)).toBe(1)
  })
})

describe('a recorded worker', () => {
  it('completes without a recording when told to skip what is too large', async () => {
    const lines: object[] = []
    const warn = (fields: object) => void lines.push(fields)
    const logger: Logger = { debug: () => {}, info: () => {}, warn, error: () => {} }
    const grow = worker({ name: 'grow' })
      .use(recorded({ limit: 8, onOversize: 'skip' }))
      .process(() => 'more than eight bytes')
    await using staffa = await testStaffa({ workers: [grow], queues: { default: 2 }, start: true, logger })
    const job = await settled(staffa, await staffa.insert(grow.new({})))

    expect(job.state).toBe('completed')
    expect(await fetchRecorded(staffa, grow, job)).toBeUndefined()
    expect(lines).toMatchObject([{ size: expect.any(Number), limit: 8 }])
  })

  it('records nothing of what does not complete, or returns nothing', async () => {
    const odd = worker({ name: 'odd', maxAttempts: 1 })
      .use(recorded())
      .typed<{ how: string }>()
      .process(({ args }) => {
        if (args.how === 'throw') throw new Error('no')

        return args.how === 'cancel' ? cancel('no') : undefined
      })
    await using staffa = await testStaffa({ workers: [odd], queues: { default: 2 }, start: true })
    for (const how of ['throw', 'cancel', 'nothing']) {
      const job = await settled(staffa, await staffa.insert(odd.new({ how })))

      expect(job.meta).not.toHaveProperty('return')
      expect(await fetchRecorded(staffa, odd, job)).toBeUndefined()
    }
  })

  it('records anew when it runs again, also that it returned nothing', async () => {
    const returned = [1, 2, undefined]
    const again = worker({ name: 'again' })
      .use(recorded())
      .process(() => returned.shift())
    await using staffa = await testStaffa({ workers: [again], queues: { default: 2 }, start: true })
    const { id } = await staffa.insert(again.new({}))
    const results: unknown[] = [await settled(staffa, id).then((job) => fetchRecorded(staffa, again, job))]
    for (const _ of [2, 3]) {
      const started = settled(staffa, id, { states: ['executing'] }).then(() => settled(staffa, id))
      await staffa.jobs.retry(id)
      results.push(await started.then((job) => fetchRecorded(staffa, again, job)))
    }

    expect(results).toEqual([1, 2, undefined])
  })

  it('fails when its codec cannot hold what it returned, and says where', async () => {
    const bad = worker({ name: 'bad', maxAttempts: 1 })
      .use(recorded())
      .process(() => ({ list: [{ call: () => {} }] }))
    await using staffa = await testStaffa({ workers: [bad], queues: { default: 2 }, start: true })
    const job = await settled(staffa, await staffa.insert(bad.new({})))

    expect(job.errors[0]?.error).toMatch(/INVALID_RESULT.* Cannot stringify a function at \.list\[0\]\.call/)
  })

  it('keeps its result under the key it was told', async () => {
    const other = worker({ name: 'other' })
      .use(recorded({ to: 'result', codec: 'erlang' }))
      .process(() => 42)
    await using staffa = await testStaffa({ workers: [other], queues: { default: 2 }, start: true })
    const job = await settled(staffa, await staffa.insert(other.new({})))

    expect(job.meta).toMatchObject({ recorded: true, result: 'g2Eq' })
    expect(await fetchRecorded(staffa, other, job)).toBe(42)
  })

  it('does not take a result from whoever inserts', async () => {
    const clean = worker({ name: 'clean' })
      .use(recorded())
      .process(() => 1)
    await using staffa = await testStaffa({ workers: [clean] })
    const { meta } = await staffa.insert(clean.new({}, { meta: { return: 'g2Eq', storage: 'x', size: 1, kept: 1 } }))

    expect(meta).toMatchObject({ recorded: true, kept: 1 })
    expect(Object.keys(meta)).not.toEqual(expect.arrayContaining(['return']))
    expect(Object.keys(meta)).not.toEqual(expect.arrayContaining(['storage']))
  })

  it('is defined with known options only', () => {
    expect(() => recorded({ limit: 0 })).toThrow('expected limit to be a number of bytes')
    expect(() => recorded({ to: 'recorded' })).toThrow('expected to to be a word that has no other meaning')
    expect(() => recorded({ to: 'a.b' })).toThrow('expected to to be a word')
    expect(() => recorded({ codec: 'json' as never })).toThrow('expected codec to be "javascript", "erlang"')
    expect(() => recorded({ storage: {} as never })).toThrow('expected storage to be an object with a name, put, get')
    expect(() => recorded({ onOversize: 'truncate' as never })).toThrow('expected onOversize to be "error" or "skip"')
    expect(() => recorded({ limits: 1 } as never)).toThrow('did you mean "limit"?')
  })
})
