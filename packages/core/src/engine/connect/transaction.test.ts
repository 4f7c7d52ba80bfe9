import { CamelCasePlugin, type Kysely, ParseJSONResultsPlugin } from 'kysely'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { databases, instance } from '../../../test/behaviour/kit.ts'
import { newJob } from '../../index.ts'

const job = (id: number) => newJob('w', { id, list: [{ to: 'ann' }] }, { meta: { a: 1 }, tags: ['x'], unique: true })

describe.each(databases)("a transaction of the caller's on %s", (_, database) => {
  test.each<[string, (kysely: Kysely<object>) => Kysely<object>]>([
    ['as it is', (kysely) => kysely],
    ['that parses JSON', (kysely) => kysely.withPlugin(new ParseJSONResultsPlugin())],
    ['that renames columns', (kysely) => kysely.withPlugin(new CamelCasePlugin({ upperCase: true }))],
  ])("may be Kysely's, %s: jobs are read as ever", async (__, plugged) => {
    const staffa = await instance({ database: database() })
    const [first, again] = await plugged(staffa.database.kysely)
      .transaction()
      .execute((transaction) => staffa.insertAll([job(1), job(1)], { transaction }))
    const [later] = await plugged(staffa.database.kysely)
      .transaction()
      .execute((transaction) => staffa.insertAll([job(1)], { transaction }))
    const stored = await staffa.jobs.get(first?.id ?? 0)

    expect(first).toEqual({ ...stored, conflict: false })
    expect(again).toEqual({ ...stored, conflict: true })
    expect(later).toEqual({ ...stored, conflict: true })
  })
})

test('a client whose connection is gone says so', async () => {
  const staffa = await instance({ database: inject('databaseUrl') })
  const client = new pg.Client({ connectionString: inject('databaseUrl') })
  await client.connect()
  await client.end()

  await expect(staffa.insert(job(1), { transaction: client as never })).rejects.toThrow(/closed/)
})
