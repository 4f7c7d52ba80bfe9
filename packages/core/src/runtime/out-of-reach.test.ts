import { settled, untilEvent } from '@staffa/testing'
import { expect, inject, test, vi } from 'vitest'
import { instance, noop, sibling, still } from '../../test/behaviour/kit.ts'
import { faulty, isVerb } from '../../test/faults.ts'
import { newJob } from '../index.ts'

const ms = (milliseconds: number) => ({ milliseconds })
const gone = '0a1b2c3d-0000-8000-8000-000000000001'

test('a sign of life that does not get through is repeated soon, not after a third of a lease', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  let cuts = 2
  const database = faulty(staffa.database, (statement) =>
    isVerb(statement, 'beat') && cuts-- > 0 ? 'before' : undefined,
  )
  const options = { ...still, rescuer: { lease: { minutes: 10 } }, workers: [noop], queues: { default: 1 } }
  const began = performance.now()
  await sibling(staffa, { ...options, database, start: true })
  const heard = () => staffa.query(`SELECT queue FROM "${staffa.prefix}".oban_producers`)
  await vi.waitFor(async () => expect(await heard()).toHaveLength(1), { timeout: 20_000 })

  expect(cuts).toBeLessThan(0)
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('a leader that was cut off itself gives the others a lease to be heard of before it takes their jobs', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  let away = false
  const database = faulty(staffa.database, (statement) => (away && isVerb(statement, 'elect') ? 'before' : undefined))
  const lease = 900
  const options = { node: 'back', leader: { lease: ms(lease) }, rescuer: { lease: ms(lease), interval: ms(25) } }
  const leads = untilEvent('leader.election', ({ node, leader }) => node === 'back' && leader)
  await sibling(staffa, { ...options, stager: false, pruner: false, database, start: true })
  await leads

  away = true
  await untilEvent('failure', ({ node, where }) => node === 'back' && where === 'leader')
  const { id } = await staffa.insert(newJob('noop', {}, { queue: 'elsewhere' }))
  await staffa.query(
    `UPDATE "${staffa.prefix}".oban_jobs SET state = 'executing', attempt = 1, attempted_by = ARRAY['gone', $2] WHERE id = $1`,
    [id, gone],
  )
  await staffa.query(
    `INSERT INTO "${staffa.prefix}".oban_producers (uuid, name, node, queue, meta, updated_at)
     VALUES ($1, 'Oban', 'gone', 'elsewhere', '{"staffa": true}', timezone('UTC', now()) - interval '1 hour')`,
    [gone],
  )
  away = false
  const returned = performance.now()
  await settled(staffa, id, { states: ['available'] })

  expect(performance.now() - returned).toBeGreaterThan(lease * 0.95)
})
