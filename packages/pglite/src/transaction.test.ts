import { PGlite } from '@electric-sql/pglite'
import { newJob } from '@staffa/core'
import { testStaffa } from '@staffa/testing'
import { expect, onTestFinished, test } from 'vitest'
import { pglite } from './index.ts'

test("in a transaction of PGlite's own a job exists if and only if it commits", async () => {
  const db = await PGlite.create()
  onTestFinished(() => db.close())
  const staffa = await testStaffa({ database: pglite(db), onFinished: onTestFinished })
  const insert = (fail: boolean) =>
    db.transaction(async (transaction) => {
      const inserted = await staffa.insert(newJob('w', { id: 1 }, { tags: ['x'], unique: true }), { transaction })
      await staffa.insertAll([newJob('w', { id: 2 })], { transaction })
      if (fail) throw new Error('no')

      return inserted
    })

  await expect(insert(true)).rejects.toThrow('no')
  expect(await staffa.jobs.count()).toBe(0)
  const { id } = await insert(false)
  expect(await staffa.jobs.get(id)).toMatchObject({ args: { id: 1 }, tags: ['x'] })
  expect(await insert(false)).toMatchObject({ id, conflict: true, args: { id: 1 } })
})
