import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { jobStates } from '@staffa/core'
import { assertFields, executing, fetch, insert, producer, read, row, set, type Verb } from './bench.ts'

export const releaseJobs: Verb = {
  verb: 'releaseJobs',
  cases: {
    'gives back what a producer does not know that it has, free of charge': async (bench) => {
      await insert(bench, {}, {}, {})
      const [known, lost, also] = await fetch(bench)
      assert.ok(known && lost && also)

      assert.equal(await bench.engine.releaseJobs({ producer, except: [known.id] }), 2)
      assertFields(await read(bench, lost), { state: 'available', attempt: 0 })
      assertFields(await read(bench, also), { state: 'available', attempt: 0 })
      assertFields(await read(bench, known), { state: 'executing', attempt: 1 })
    },

    'leaves jobs of other producers alone': async (bench) => {
      const job = await executing(bench)

      assert.equal(await bench.engine.releaseJobs({ producer: randomUUID(), except: [] }), 0)
      assertFields(await read(bench, job), { state: 'executing', attempt: 1 })
    },

    'leaves jobs alone that no longer execute': async (bench) => {
      for (const state of jobStates.filter((state) => state !== 'executing')) {
        const job = await executing(bench)
        await set(bench, job, { state: `'${state}'` })
        const before = await row(bench, job)

        assert.equal(await bench.engine.releaseJobs({ producer, except: [] }), 0, state)
        assert.equal(await row(bench, job), before, state)
        await set(bench, job, { state: `'completed'` })
      }
    },
  },
}
