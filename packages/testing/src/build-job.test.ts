import { newJob, worker } from '@staffa/core'
import { definePlugin } from '@staffa/core/plugin'
import { describe, expect, test } from 'vitest'
import { buildJob, manualClock } from './index.ts'

const mail = worker({ name: 'mail', queue: 'mailers', maxAttempts: 5, tags: ['post'] })
  .typed<{ to: string; at?: Date }>()
  .process(async () => {})

const noon = new Date('2031-05-06T12:00:00Z')

describe('buildJob', () => {
  test('builds a job as a fetch would bring it', async () => {
    expect(await buildJob(mail, { to: 'ann' }, { clock: manualClock(noon), id: 7, meta: { from: 'bob' } })).toEqual({
      id: 7,
      state: 'executing',
      worker: 'mail',
      queue: 'mailers',
      args: { to: 'ann' },
      meta: { from: 'bob' },
      tags: ['post'],
      errors: [],
      attempt: 1,
      maxAttempts: 5,
      priority: 0,
      attemptedBy: ['test'],
      insertedAt: noon,
      scheduledAt: noon,
      attemptedAt: noon,
      completedAt: undefined,
      cancelledAt: undefined,
      discardedAt: undefined,
    })
  })

  test('gives every job an id of its own', async () => {
    const jobs = await Promise.all(Array.from({ length: 10 }, () => buildJob(mail, { to: 'ann' })))

    expect(new Set(jobs.map(({ id }) => id)).size).toBe(10)
    expect(jobs.every(({ id }) => Number.isSafeInteger(id) && id > 0)).toBe(true)
  })

  test('takes what only a job that runs has', async () => {
    const errors = [{ at: noon, attempt: 1, error: '** (Error) boom' }]
    const options = { attempt: 2, errors, insertedAt: noon, attemptedAt: noon, scheduledAt: noon, priority: 3 }

    expect(await buildJob(mail, { to: 'ann' }, options)).toMatchObject(options)
  })

  test('builds the job that a described one becomes', async () => {
    const described = mail.new({ to: 'ann' }, { queue: 'other' })

    expect(await buildJob(described, { attempt: 3 })).toMatchObject({ queue: 'other', attempt: 3, args: { to: 'ann' } })
  })

  test('takes args through the layers, those of the instance outermost', async () => {
    const around = (plugin: string) =>
      definePlugin({ plugin, insert: (job) => ({ ...job, args: { [plugin]: job.args } }) })
    const layered = worker({ name: 'layered' })
      .use(around('own'))
      .process(async () => {})

    expect((await buildJob(layered, { n: 1 }, { use: [around('instance')] })).args).toEqual({
      instance: { own: { n: 1 } },
    })
  })

  test('throws what worker.new throws', async () => {
    await expect(buildJob(mail, { to: 'ann' }, { priority: 10 })).rejects.toThrow(
      'expected priority to be an integer from 0 to 9, got 10',
    )
    await expect(buildJob(mail, { to: 'ann' }, { prio: 1 } as never)).rejects.toThrow('unknown option "prio"')
    await expect(buildJob(mail, { to: (() => {}) as never })).rejects.toMatchObject({ code: 'INVALID_ARGS' })
  })

  test('refuses an attempt that no job could have', async () => {
    for (const attempt of [0, 6, 1.5]) {
      await expect(buildJob(mail, { to: 'ann' }, { attempt })).rejects.toThrow(
        `expected attempt to be an integer from 1 to 5, got ${attempt}`,
      )
    }
  })

  test('refuses a job that no worker has described', async () => {
    await expect(buildJob(newJob('elsewhere', {}))).rejects.toThrow('expected a job to be made by a worker')
  })
})
