import type { TestStaffa } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { namesIn } from '../../src/engine/names.ts'
import { postgresEngine } from '../../src/engine/postgres/index.ts'
import { type Engine, systemClock, telemetry } from '../../src/internal.ts'
import { instance, noop } from '../behaviour/kit.ts'

const producer = '00000000-0000-8000-8000-000000000000'
const most = 2 ** 31 - 1

interface Stored {
  readonly staffa: TestStaffa
  readonly engine: Engine
  readonly id: number
}

/** A job, and a neighbour, whose columns a stranger has set. */
async function stored(columns: string): Promise<Stored> {
  const staffa = await instance()
  const [job] = await staffa.insertAll([noop.new({}), noop.new({})])
  await staffa.query(`UPDATE "${staffa.prefix}".oban_jobs SET ${columns} WHERE id = $1`, [job?.id])
  const names = namesIn(staffa.prefix)
  const engine = postgresEngine(
    { database: staffa.database, names, clock: systemClock },
    telemetry({ instance: 'x', node: 'x' }),
  )

  return { staffa, engine, id: job?.id ?? 0 }
}

const executing = `state = 'executing', attempt = 1, max_attempts = 1, attempted_by = ARRAY['n', '${producer}']`
const matrix = `errors = ARRAY[ARRAY['{"error": "old"}'::jsonb, '5'::jsonb]]`

describe('what the fuzzing of rows found does not hold up the neighbours', () => {
  test.each([
    ['meta that is null in JSON', `state = 'cancelled', meta = 'null'`],
    ['meta that is a number', `state = 'cancelled', meta = '5'`],
    ['meta that is the word of a mark', `state = 'cancelled', meta = '"settles"'`],
    ['a deadline that no type holds', `state = 'cancelled', meta = '{"deadline": -1e400}'`],
    ['as many attempts as there can be', `state = 'discarded', attempt = ${most}, max_attempts = ${most}`],
  ])('jobs are retried beside %s', async (_, columns) => {
    const { staffa } = await stored(columns)
    await staffa.jobs.cancel({ worker: 'noop' })

    expect(await staffa.jobs.retry({ worker: 'noop' })).toBe(2)
    expect(await staffa.jobs.count({ state: 'available' })).toBe(2)
  })

  test.each([
    ['meta that is a list', `meta = '[1]'`],
    ['meta that is missing', 'meta = NULL'],
    ['a schedule without end', `scheduled_at = 'infinity', meta = '{"deadline": 5}'`],
    ['a deadline that no type holds', `meta = '{"deadline": 1e400}'`],
  ])('jobs are updated beside %s', async (_, columns) => {
    const { staffa } = await stored(columns)
    const scheduledAt = new Date('2030-01-01')

    expect(await staffa.jobs.update({ worker: 'noop' }, { meta: { a: 1 }, scheduledAt })).toBe(2)
    expect(await staffa.jobs.count({ meta: { a: 1 } })).toBe(2)
  })

  test.each([
    ['errors in two dimensions', matrix],
    ['half a rescue', `meta = '{"rescued": 1.5}'`],
    ['more rescues than a column holds', `meta = '{"rescued": 1e30}'`],
  ])('jobs are rescued beside %s', async (_, columns) => {
    const { staffa, engine, id } = await stored(`${executing}, ${columns}`)
    const options = { lease: 1, age: undefined, missing: [producer], limit: 10 }

    expect((await engine.rescueJobs(options)).map(({ job }) => job.state)).toEqual(['discarded'])
    expect((await staffa.jobs.get(id))?.errors.at(-1)?.error).toMatch(/^\*\* \(Orphaned\)/)
  })

  test('an attempt that failed is told beside errors in two dimensions, which become the text of one', async () => {
    const { staffa, engine, id } = await stored(`${executing}, ${matrix}`)
    const ack = { id, attempt: 1, state: 'discarded', error: '** (Error) no' } as const

    expect(await engine.ackJobs([ack], { producers: [producer] })).toHaveProperty('size', 1)
    expect((await staffa.jobs.get(id))?.errors.map(({ error }) => error)).toEqual([
      '[[{"error": "old"}, 5]]',
      '** (Error) no',
    ])
  })

  test('the end of a job with the id 0 is refused when the job no longer executes', async () => {
    const { engine } = await stored(`id = 0, state = 'completed', completed_at = now()`)

    expect(await engine.ackJobs([{ id: 0, attempt: 1, state: 'completed' }], { producers: [producer] })).toHaveProperty(
      'size',
      0,
    )
  })

  test('a producer can give back what a stranger claimed in its name, though no attempt has begun', async () => {
    const { engine } = await stored(`${executing}, attempt = 0`.replace('attempt = 1, ', ''))

    expect(await engine.releaseJobs({ producer, except: [] })).toBe(1)
  })

  test('jobs are settled beside one whose id is the last that there is', async () => {
    const { engine } = await stored(`id = 9223372036854775807, state = 'cancelled', meta = '{"settles": true}'`)
    const found = { workers: ['noop'], except: [], limit: 10 }
    const settle = () => engine.transaction((on) => engine.settleJobs(found, on))
    const [job] = await settle()

    expect(job?.id).toBe(2 ** 63)
    await engine.transaction((on) => engine.settleJobs({ ids: [job?.id ?? 0] }, on))
    expect(await engine.strayJobs(producer, [job?.id ?? 0])).toHaveLength(1)
  })
})
