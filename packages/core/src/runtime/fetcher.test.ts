import { settled, untilEvent } from '@staffa/testing'
import { describe, expect, test } from 'vitest'
import { databases, instance, noop, sibling, still } from '../../test/behaviour/kit.ts'
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

/** A line that remembers of each fetch whether it left something out, and of which queues each stager asked. */
function watching(database: Database) {
  const partial: boolean[] = []
  const asked: unknown[] = []
  const watched: Database = {
    ...database,
    query: (statement, values) => {
      if (isVerb(statement, 'fetch')) partial.push(statement.text.includes('(priority, scheduled_at) >='))
      if (isVerb(statement, 'stage')) asked.push(values[1])

      return database.query(statement, values)
    },
  }

  return { partial, asked, watched }
}

describe.each(databases)('a busy queue on %s', (_, database) => {
  test('leaves out what was fetched long ago, and runs what appears there soon, though nobody tells of it', async () => {
    const count = worker({ name: 'count' }).process(() => {})
    const staffa = await instance({ ...still, database: database() })
    const { partial, watched } = watching(staffa.database)
    const queues = { default: 4 }
    const node = await sibling(staffa, { ...still, database: watched, workers: [count], queues })
    await node.start()
    const runOne = async () => settled(staffa, await node.insert(count.new({})))
    while (!partial.at(-1)) {
      await node.insertAll(Array.from({ length: 200 }, () => count.new({})))
      await runOne() // in a quarter of a second
    }
    const [row] = await staffa.query(
      `INSERT INTO "${staffa.prefix}".oban_jobs (worker, state, scheduled_at)
        VALUES ('count', 'available', '2020-01-01') RETURNING id`,
    )
    await runOne()

    expect(await settled(staffa, { id: Number(row?.id) })).toMatchObject({ state: 'completed' })
    expect(partial.at(-1)).toBe(false)
  })

  test('is not looked through by the stager for jobs whose notice was lost, until fewer jobs come', async () => {
    const staffa = await instance({ ...still, database: database() })
    const { asked, watched } = watching(staffa.database)
    const stager = { interval: { milliseconds: 20 } }
    const queues = { default: 500 }
    const node = await sibling(staffa, { ...still, stager, database: watched, workers: [noop], queues })
    await node.start()
    await expect.poll(() => asked.at(-1)).toBe('{"default"}')
    while (asked.at(-1) !== '{}') {
      const [first] = await node.insertAll(Array.from({ length: 200 }, () => noop.new({})))
      if (first) await settled(staffa, first)
    }

    await expect.poll(() => asked.at(-1)).toBe('{"default"}')
  })
})

/** A line that logs when a fetch goes out and how many rows it brings, and does something before it brings any. */
function logging(database: Database, before = async () => {}) {
  const log: string[] = []
  const logged: Database = {
    ...database,
    query: async (statement, values) => {
      if (!isVerb(statement, 'fetch')) return database.query(statement, values)
      log.push('fetch')
      const answer = await database.query(statement, values)
      if (answer.rows.length > 0) await before()
      log.push(`${answer.rows.length} of ${values[1]}`)

      return answer
    },
  }

  return { log, logged }
}

describe.each(databases)('the next fetch from %s', (_, database) => {
  test('goes out when what the last one brought has begun, where that was all', async () => {
    const staffa = await instance({ ...still, database: database() })
    const { log, logged } = logging(staffa.database, () => insertOnce())
    const count = worker({ name: 'count' }).process(() => void log.push('run'))
    const node = await sibling(staffa, { ...still, database: logged, workers: [count], queues: { default: 4 } })
    const another = Promise.withResolvers<{ readonly id: number }>()
    let insertOnce = async () => {
      insertOnce = async () => {}
      another.resolve(await node.insert(count.new({}))) // which wakes the queue
    }
    await node.insertAll([count.new({}), count.new({})])
    await node.start()
    await settled(staffa, await another.promise)

    const one = expect.stringMatching(/^1 of /)
    const from = log.indexOf('2 of 4')
    expect(log.slice(from, from + 6)).toEqual(['2 of 4', 'run', 'run', 'fetch', one, 'run'])
  })

  test('goes out before, where there was more', async () => {
    const staffa = await instance({ ...still, database: database() })
    const { log, logged } = logging(staffa.database)
    const count = worker({ name: 'count' }).process(() => void log.push('run'))
    const node = await sibling(staffa, { ...still, database: logged, workers: [count], queues: { default: 10 } })
    const jobs = await node.insertAll(Array.from({ length: 1_000 }, () => count.new({})))
    await node.start()
    for (const last of jobs.slice(-1)) await settled(staffa, last)
    const next = log.flatMap((entry, index) => (/^(\d+) of \1$/.test(entry) ? [log[index + 1]] : []))

    expect(next).toContain('fetch')
    expect(log.filter((entry) => entry === 'run')).toHaveLength(1_000)
  })
})
