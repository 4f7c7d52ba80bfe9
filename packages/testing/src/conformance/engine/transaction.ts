import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Bench, draft, type Verb } from './bench.ts'

async function count({ engine }: Bench): Promise<number> {
  return engine.countJobs({})
}

export const transaction: Verb = {
  verb: 'transaction',
  cases: {
    'commits, and gives what the work gives': async (bench) => {
      const result = await bench.engine.transaction(async (on) => {
        await bench.engine.insertJobs([draft(), draft()], { on })
        await bench.engine.cancelJobs({}, on)

        return 'done'
      })

      assert.equal(result, 'done')
      assert.equal(await bench.engine.countJobs({ state: 'cancelled' }), 2)
    },

    'undoes everything when the work throws, and throws the same': async (bench) => {
      const error = new Error(randomUUID())
      const work = bench.engine.transaction(async (on) => {
        await bench.engine.insertJobs([draft()], { on })
        throw error
      })

      await assert.rejects(work, (thrown) => thrown === error)
      assert.equal(await count(bench), 0)
    },

    'undoes everything when a statement fails, though the work goes on': async (bench) => {
      const work = bench.engine.transaction(async (on) => {
        await bench.engine.insertJobs([draft()], { on })
        await bench.engine.insertJobs([draft({ priority: -1 })], { on }).catch(() => {})
        await bench.engine.insertJobs([draft()], { on })
      })

      await assert.rejects(work)
      assert.equal(await count(bench), 0)
    },

    'leaves the engine usable after one that failed': async (bench) => {
      for (let time = 0; time < 20; time += 1) {
        await assert.rejects(
          bench.engine.transaction(() => Promise.reject(new Error('no'))),
          /no/,
        )
      }
      await bench.engine.insertJobs([draft()])

      assert.equal(await count(bench), 1)
    },
  },
}
