import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Job, NewJob } from '@staffa/core'
import type { Queryable } from '@staffa/core/internal'
import { manualClock } from '../../manual-clock.ts'
import { completed, ended, type Kind, recorded } from './ack-kinds.ts'
import { assertNear, type Bench, executing, fetch, insert, producer, read, row, set, type Verb } from './bench.ts'

const kinds: readonly Kind[] = [completed, recorded, ended('cancelled'), ended('discarded')]

/** A job that executes and has something to settle. */
function settling(bench: Bench, job: Partial<NewJob> = {}): Promise<Job> {
  return executing(bench, { ...job, meta: { kept: { deep: 1 }, settles: true, ...job.meta } })
}

/** Writes the end of one attempt; gives the job, if that was accepted. */
async function end({ engine }: Pick<Bench, 'engine'>, job: Job, options: End = {}): Promise<Job | undefined> {
  const { kind = completed, on, producers = [producer] } = options
  const ack = kind(job)

  return (await engine.endJobs([{ ack, job }], { on, producers })).get(ack)
}

interface End {
  readonly kind?: Kind
  readonly on?: Queryable
  readonly producers?: readonly string[]
}

/** Asserts that an end is passed over, and that nothing of the job changes. */
async function assertPassedOver(bench: Bench, job: Job, options?: End): Promise<void> {
  const before = await row(bench, job)
  for (const kind of kinds) {
    assert.equal(await end(bench, job, { kind, ...options }), undefined)
    assert.equal(await row(bench, job), before)
  }
}

const accepts: Verb['cases'] = {
  'ends jobs and marks them settled, and gives them as they are stored': async (bench) => {
    for (const kind of kinds) {
      const job = await settling(bench, { args: { to: 'ann' }, tags: ['one'], priority: 3 })
      const given = await end(bench, job, { kind })
      const { errors, ...stored } = await read(bench, job)

      assert.equal(stored.state, kind(job).state)
      assert.deepEqual(stored.meta, { kept: { deep: 1 }, ...kind(job).meta, settles: false })
      assert.deepEqual({ ...given, errors: [] }, { ...stored, errors: [] })
      assert.deepEqual(given?.errors.map(withoutTime), errors.map(withoutTime))
      assert.deepEqual(errors.map(withoutTime), kind(job).error ? [{ attempt: 1, error: kind(job).error }] : [])
      for (const [index, { at }] of errors.entries()) assertNear(given?.errors[index]?.at, at, 1)
    }
  },

  'takes all times from a clock that rules': async (bench) => {
    const noon = new Date('2031-05-06T12:00:00.125Z')
    const engine = bench.at(manualClock(noon))
    const job = await settling(bench)
    const given = await end({ engine }, job)

    assert.deepEqual([given?.completedAt, (await read(bench, job)).completedAt], [noon, noon])
  },

  'is undone with its transaction': async (bench) => {
    const job = await settling(bench)
    const before = await row(bench, job)
    const work = bench.engine.transaction(async (on) => {
      assert.ok(await end(bench, job, { on }))
      throw new Error('undone')
    })
    await assert.rejects(work, /undone/)
    assert.equal(await row(bench, job), before)

    assert.ok(await end(bench, job), 'the job can be ended after all')
  },

  'does nothing when there is nothing': async (bench) => {
    assert.equal((await bench.engine.endJobs([], { producers: [producer] })).size, 0)
  },
}

const passesOver: Verb['cases'] = {
  'passes over those that somebody has changed since they were fetched, and ends the others': async (bench) => {
    const meta = { settles: true }
    await insert(bench, { meta }, { meta }, { meta })
    const jobs = await fetch(bench)
    const [first, changed, last] = jobs
    assert.ok(first && changed && last)
    await bench.engine.updateJobs({ id: changed.id }, { tags: ['new'] })
    const endings = jobs.map((job) => ({ ack: completed(job), job }))
    const before = await row(bench, changed)
    const given = await bench.engine.endJobs(endings, { producers: [producer] })

    assert.deepEqual(
      [...given].map(([{ id }, job]) => [id, job.id]),
      [first, last].map(({ id }) => [id, id]),
    )
    assert.equal(await row(bench, changed), before)
  },

  'passes over a job that was not fetched, or by another engine': async (bench) => {
    const { attemptedBy, ...job } = await settling(bench)

    await assertPassedOver(bench, { ...job, attemptedBy: [...attemptedBy] })
  },

  'passes over a job of another producer': async (bench) => {
    await assertPassedOver(bench, await settling(bench), { producers: [randomUUID()] })
    await assertPassedOver(bench, await settling(bench), { producers: [] })
  },

  'passes over a job of another attempt, or that has ended': async (bench) => {
    const job = await settling(bench)
    await assertPassedOver(bench, { ...job, attempt: 2 })
    await bench.engine.cancelJobs({ id: job.id })

    await assertPassedOver(bench, job)
  },

  'passes over an end that comes twice, also when the next attempt of that number has begun': async (bench) => {
    const job = await settling(bench)
    assert.ok(await end(bench, job))
    await assertPassedOver(bench, job)
    await set(bench, job, { state: `'available'`, attempt: 0 })
    const [again] = await fetch(bench)
    assert.deepEqual([again?.id, again?.attempt], [job.id, job.attempt])

    await assertPassedOver(bench, job)
  },
}

export const endJobs: Verb = { verb: 'endJobs', cases: { ...accepts, ...passesOver } }

function withoutTime({ attempt, error }: Job['errors'][number]): object {
  return { attempt, error }
}
