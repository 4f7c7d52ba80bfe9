import { untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { databases, instance } from '../../test/behaviour/kit.ts'
import { cancel, discard, fail, type JobState, snooze, worker } from '../index.ts'

/** Ways to end, and where they lead a job with two attempts at last. */
const ends: readonly (readonly [end: (attempt: number) => unknown, state: JobState, runs: number])[] = [
  [() => 'done', 'completed', 1],
  [() => cancel('enough'), 'cancelled', 1],
  [() => discard('hopeless'), 'discarded', 1],
  [() => fail('busy'), 'discarded', 2],
  [(attempt) => (attempt === 1 ? Promise.reject(new Error('once')) : 'done'), 'completed', 2],
  [(attempt) => Promise.reject(new Error(`attempt ${attempt}`)), 'discarded', 2],
]

/** A worker whose jobs take some milliseconds, with a count of how many run at once and how often each has run. */
function counting() {
  const runs = new Map<number, number>()
  let now = 0
  let most = 0
  const count = worker({ name: 'count', maxAttempts: 2, backoff: () => 0 })
    .typed<{ end: number; milliseconds: number }>()
    .process(async ({ job, args }) => {
      runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, args.milliseconds))
      now -= 1

      return ends[args.end]?.[0](job.attempt)
    })

  return { count, runs, most: () => most }
}

describe.each(databases)('under load on %s', (name, database) => {
  const settings = [
    [7, 'batched'],
    [1, 'batched'],
    [7, 'sync'],
    [50, 'batched'],
  ] as const

  // PGlite shares its processor with the jobs: once is enough there.
  test.each(name === 'PGlite' ? settings.slice(0, 1) : settings)(
    'never more than %d jobs run at once (%s), and each ends as it should',
    async (limit, ack) => {
      const { count, runs, most } = counting()
      const total = limit === 1 || name === 'PGlite' ? 60 : 300
      const staffa = await instance({ database: database(), workers: [count], queues: { default: { limit, ack } } })
      const jobs = await staffa.insertAll(
        Array.from({ length: total }, (_, index) =>
          count.new({ end: index % ends.length, milliseconds: (index * 7919) % 5 }),
        ),
      )
      let ended = 0
      const isLast = ({ node, state }: { readonly node: string; readonly state: JobState }) => {
        if (node === staffa.node && state !== 'retryable') ended += 1
        return ended === total
      }
      const names = ['job.stop', 'job.exception'] as const
      const last = Promise.race(names.map((name) => untilEvent(name, isLast, { timeout: { minutes: 1 } })))
      await staffa.start()
      await last
      await staffa.stop()

      const states = new Map((await staffa.jobs.list({ limit: total })).map(({ id, state }) => [id, state]))
      for (const [index, { id }] of jobs.entries()) {
        const [, state, times] = ends[index % ends.length] ?? []
        expect([states.get(id), runs.get(id)]).toEqual([state, times])
      }
      expect(most()).toBe(limit)
    },
  )

  test('snoozing costs no attempt, however often', async () => {
    const naps = worker({ name: 'naps', maxAttempts: 1 }).process(({ job }) =>
      (job.meta.snoozed ?? 0) === 5 ? 'rested' : snooze(0),
    )
    const staffa = await instance({ database: database(), workers: [naps], queues: { default: 1 }, start: true })
    const stopped = untilEvent('job.stop', ({ node, state }) => node === staffa.node && state === 'completed')
    const { id } = await staffa.insert(naps.new({}))
    await stopped

    expect(await staffa.jobs.get(id)).toMatchObject({ attempt: 1, maxAttempts: 1, meta: { snoozed: 5 }, errors: [] })
  })
})
