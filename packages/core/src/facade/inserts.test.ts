import { describe, expect, test } from 'vitest'
import { instance, noop } from '../../test/behaviour/kit.ts'
import { newJob } from '../index.ts'

const secret = { password: 'hunter2' }

describe('what cannot be inserted is refused, and nothing is written', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['args', secret],
    ['a worker', noop],
    ['the way to make a job', noop.new],
    ['a promise of a job', Promise.resolve(newJob('w', {}))],
    ['a list', [newJob('w', {})]],
    ['a job without args', { ...newJob('w', {}), args: undefined }],
  ])('%s', async (_, job) => {
    const staffa = await instance()
    for (const inserting of [staffa.insert(job as never), staffa.insertAll([newJob('w', {}), job as never])]) {
      await expect(inserting).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(
          /^expected the job to be one that worker\.new\(\) or newJob\(\) made, got "\w+"$/,
        ),
      })
    }

    expect(await staffa.jobs.count()).toBe(0)
  })

  test.each<[string, unknown]>([
    ['one job', newJob('w', secret)],
    ['nothing', undefined],
    ['null', null],
    ['text', 'jobs'],
  ])('%s in place of a list', async (_, jobs) => {
    const staffa = await instance()

    await expect(staffa.insertAll(jobs as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/^expected jobs to be a list, an iterable or an async iterable, got "\w+"$/),
    })
  })

  test.each<[unknown, string]>([
    [{ transction: {} }, 'unknown option "transction" in options of insert, did you mean "transaction"?'],
    [{ timeout: 5 }, 'unknown option "timeout" in options of insert'],
    [null, 'expected options of insert to be an object, got null'],
    ['now', 'expected options of insert to be an object, got "now"'],
  ])('with the options %j', async (options, message) => {
    const staffa = await instance()
    const job = newJob('w', {})
    for (const inserting of [staffa.insert(job, options as never), staffa.insertAll([job], options as never)]) {
      await expect(inserting).rejects.toMatchObject({ name: 'StaffaError', message })
    }

    expect(await staffa.jobs.count()).toBe(0)
  })
})

test('an iterable that breaks off in the middle inserts nothing, and the error is its own', async () => {
  const staffa = await instance()
  function* broken() {
    yield newJob('w', {})
    throw new Error('no more')
  }

  await expect(staffa.insertAll(broken())).rejects.toThrow('no more')
  expect(await staffa.jobs.count()).toBe(0)
})

test('an async iterable that breaks off keeps the batches that came before', async () => {
  const staffa = await instance()
  let closed = false
  async function* broken() {
    try {
      for (let n = 0; n < 1_500; n += 1) yield newJob('w', { n })
      throw new Error('no more')
    } finally {
      closed = true
    }
  }

  await expect(staffa.insertAll(broken())).rejects.toThrow('no more')
  expect(await staffa.jobs.count()).toBe(1_000)
  expect(closed).toBe(true)
})
