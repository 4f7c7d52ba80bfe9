import { testStaffa } from '@staffa/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { newJob, postgres, Staffa } from '../../src/index.ts'
import type { NewJob } from '../../src/job/job.ts'
import { prepare } from '../../src/layers/prepare.ts'
import { quiet } from '../behaviour/kit.ts'
import { checkRefusal, junk, nearly, numRuns, perhaps, pollution, withoutStacks } from './junk.ts'
import { changes, drainSettings, filters, newJobs, noop, queueSettings, wheres } from './options.ts'

const arrival = new Error('the statement has come to the database')

/** What comes so far has been let through. */
async function arrive(): Promise<never> {
  throw arrival
}

const line = { ...postgres('postgres://localhost:1/none'), query: arrive, transaction: arrive, listen: undefined }
const staffa = new Staffa({ database: line, testing: 'manual', logger: quiet })

/** Calls a verb with what is drawn. It is refused in our words, or let through: then it is kept. */
async function tryAll(given: Arbitrary<unknown>, call: (given: never) => unknown): Promise<readonly unknown[]> {
  const letThrough: unknown[] = []
  const property = fc.asyncProperty(given, async (value) => {
    try {
      await call(value as never)
      letThrough.push(value)
    } catch (error) {
      if (error === arrival) letThrough.push(value)
      else checkRefusal(error)
    }
  })
  await fc.assert(property, { numRuns })

  return letThrough
}

/** One of several calls, with what it is given. */
function oneOf<T>(calls: readonly (readonly [call: T, given: Arbitrary<unknown>])[]) {
  return fc.oneof(...calls.map(([call, given]) => fc.tuple(fc.constant(call), given)))
}

type Call = (given: never) => unknown
const carryOut = ([call, given]: readonly [Call, never]) => call(given)

withoutStacks()
afterAll(() => expect(pollution()).toEqual([]))

describe('whatever they are given, refuse it in words before anything is sent, or send what the database takes', () => {
  test('insert() and insertAll()', { timeout: 60_000 }, async () => {
    const letThrough = await tryAll(perhaps(newJobs), async (job) => {
      await prepare(job, [])
    })
    await using real = await testStaffa({ database: inject('databaseUrl'), logger: quiet })
    const inserted = await real.insertAll(letThrough as NewJob[])

    expect(inserted.length).toBeGreaterThan(numRuns / 20)
    expect(inserted).toHaveLength(letThrough.length)
  })

  test('insert() with its options', async () => {
    const job = noop.new({})
    const calls = oneOf<Call>([
      [(given) => staffa.insert(job, given), perhaps(nearly({ transaction: [undefined] }))],
      [(given) => staffa.insert(given), junk],
      [(given) => staffa.insertAll(given), junk],
      [(given) => staffa.insertAll([job], given), junk],
      [(transaction) => staffa.insert(job, { transaction }), junk],
      [(name) => staffa.insert(newJob(name, {})), junk],
    ])

    await tryAll(calls, carryOut)
  })

  test('the verbs that choose jobs', { timeout: 60_000 }, async () => {
    const letThrough = await tryAll(perhaps(filters), (filter) => staffa.jobs.list(filter))
    const choices = letThrough.filter(isChoice)
    await using real = await testStaffa({ database: inject('databaseUrl'), logger: quiet })
    for (const filter of choices.slice(0, 100)) {
      await real.jobs.list(filter as never)
      await real.jobs.update(filter as never, { priority: 1 })
    }

    expect(choices.length).toBeGreaterThan(150)
  })

  test('the verbs that change them', { timeout: 60_000 }, async () => {
    const letThrough = await tryAll(perhaps(changes), (given) => staffa.jobs.update(1, given))
    await using real = await testStaffa({ database: inject('databaseUrl'), logger: quiet })
    const { id } = await real.insert(noop.new({}))
    for (const given of letThrough.slice(0, 100)) {
      const job = await real.jobs.update(id, given as never)
      expect([kindOf(job?.args), kindOf(job?.meta)]).toEqual(['object', 'object'])
    }

    expect(letThrough.length).toBeGreaterThan(150)
  })

  test('the others', async () => {
    const calls = oneOf<Call>([
      ...(['cancel', 'retry', 'delete'] as const).map(
        (verb) => [staffa.jobs[verb].bind(staffa.jobs), filters] as const,
      ),
      [(id) => staffa.jobs.get(id), junk],
      [(filter) => staffa.jobs.count(filter), junk],
      [(settings) => staffa.drain(settings), perhaps(drainSettings)],
      [(settings) => staffa.queues.start('q', settings), perhaps(queueSettings)],
      [(queue) => staffa.queues.start(queue, 1), junk],
      [(limit) => staffa.queues.scale('q', limit), junk],
      [(queue) => staffa.queues.pause(queue), junk],
      [(where) => staffa.queues.resumeAll(where), perhaps(wheres)],
      [(queue) => staffa.queues.check(queue), junk],
      [(channel) => staffa.notify(channel, {}), junk],
      [(notice) => staffa.notify('channel', notice), junk],
      [(options) => staffa.notify('channel', {}, options), junk],
      [(channel) => staffa.listen(channel, () => {})(), junk],
      [(onNotice) => staffa.listen('channel', onNotice)(), junk],
      [(options) => staffa.migrate(options), perhaps(nearly({ to: [14], indexes: ['lean'], concurrently: [true] }))],
    ])

    await tryAll(calls, carryOut)
  })
})

/** Chooses, and says nothing that `list()` alone takes. */
function isChoice(filter: unknown): boolean {
  const names = Object.keys(filter ?? {})

  return names.length > 0 && !names.includes('limit')
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value
}
