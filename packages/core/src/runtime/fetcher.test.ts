import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { databases, instance, sibling, still } from '../../test/behaviour/kit.ts'
import { isVerb } from '../../test/faults.ts'
import type { Database } from '../engine/database.ts'
import { worker } from '../index.ts'

/** A line on which the first args of a fetch get lost. */
function garbling(database: Database): Database {
  let garbled = false

  return {
    ...database,
    query: async (statement, values) => {
      const answer = await database.query(statement, values)
      if (garbled || !isVerb(statement, 'fetch') || answer.rows.length === 0) return answer
      garbled = true

      return { ...answer, rows: answer.rows.map((row) => row.with(7, '{')) }
    },
  }
}

describe.each(databases)('behind a line to %s that garbles a fetch', (_, database) => {
  test('jobs that cannot be read are given back, and run by the next fetch', async () => {
    const runs: number[] = []
    const count = worker({ name: 'count' }).process(({ job }) => void runs.push(job.id))
    const staffa = await instance({ ...still, database: database() })
    const node = await sibling(staffa, {
      ...still,
      database: garbling(staffa.database),
      workers: [count],
      queues: { default: 4 },
    })
    await node.start()
    const failed = untilEvent('failure', ({ where }) => where === 'producer default')
    const first = await node.insert(count.new({}))
    expect((await failed).error).toBeInstanceOf(SyntaxError)
    const second = await node.insert(count.new({}))

    for (const job of [first, second]) {
      expect(await settled(staffa, job)).toMatchObject({ state: 'completed', attempt: 1 })
    }
    expect(runs.toSorted()).toEqual([first.id, second.id])
  })
})
