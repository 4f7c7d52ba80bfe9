import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { manualClock } from '../../manual-clock.ts'
import type { Verb } from './bench.ts'

const noon = new Date('2031-05-06T12:00:00Z')

const lease = { name: 'Oban@staffa', lease: 30_000 }

export const electLeader: Verb = {
  verb: 'electLeader and resignLeader',
  cases: {
    'gives the lease to the first, and to another when it has ended': async (bench) => {
      const clock = manualClock(noon)
      const engine = bench.at(clock)
      const elect = (node: string) => engine.electLeader({ ...lease, node })

      assert.deepEqual(await elect('a'), { leader: 'a', remaining: 30_000 })
      clock.advance({ seconds: 10 })
      assert.deepEqual(await elect('b'), { leader: 'a', remaining: 20_000 })
      clock.advance({ seconds: 20, milliseconds: 1 })
      assert.deepEqual(await elect('b'), { leader: 'b', remaining: 30_000 })
      assert.deepEqual(await elect('a'), { leader: 'b', remaining: 30_000 })
    },

    'lets the leader renew its lease': async (bench) => {
      const clock = manualClock(noon)
      const engine = bench.at(clock)
      for (let round = 0; round < 4; round += 1) {
        assert.equal((await engine.electLeader({ ...lease, node: 'a' })).leader, 'a')
        assert.equal((await engine.electLeader({ ...lease, node: 'b' })).leader, 'a')
        clock.advance({ seconds: 29 })
      }
    },

    'gives each name a leader of its own': async (bench) => {
      assert.equal((await bench.engine.electLeader({ ...lease, node: 'a' })).leader, 'a')
      assert.equal((await bench.engine.electLeader({ ...lease, name: 'Other', node: 'b' })).leader, 'b')
    },

    'gives the lease up for its holder, and for nobody else': async (bench) => {
      await bench.engine.electLeader({ ...lease, node: 'a' })
      await bench.engine.resignLeader(lease.name, 'b')
      assert.equal((await bench.engine.electLeader({ ...lease, node: 'b' })).leader, 'a')
      await bench.engine.resignLeader(lease.name, 'a')
      assert.equal((await bench.engine.electLeader({ ...lease, node: 'b' })).leader, 'b')
    },
  },
  racing: {
    'elects one of many at once': async (bench) => {
      const nodes = Array.from({ length: 20 }, (_, number) => `node-${number}`)
      const elections = await Promise.all(nodes.map((node) => bench.engine.electLeader({ ...lease, node })))

      assert.equal(elections.filter(({ leader }, place) => leader === nodes[place]).length, 1)
    },
  },
}

export const beatProducers: Verb = {
  verb: 'beatProducers and forgetProducers',
  cases: {
    'tells which producers nobody knew of': async (bench) => {
      const clock = manualClock(noon)
      const engine = bench.at(clock)
      const [one, two] = [randomUUID(), randomUUID()]
      const row = (uuid: string) => ({ uuid, name: 'Oban', node: 'node-1', queue: 'default', meta: { staffa: true } })

      assert.deepEqual(await engine.beatProducers([]), [])
      assert.deepEqual(await engine.beatProducers([row(one)]), [one])
      clock.advance({ seconds: 1 })
      assert.deepEqual(await engine.beatProducers([row(one), row(two)]), [two])
      await engine.forgetProducers([one])
      clock.advance({ seconds: 1 })
      assert.deepEqual(await engine.beatProducers([row(one), row(two)]), [one])
    },

    'writes what others see of a producer, as it is now': async (bench) => {
      const clock = manualClock(noon)
      const engine = bench.at(clock)
      const [uuid, queue] = [randomUUID(), `o'hara \\ "x"`]
      const row = (limit: number) => ({ uuid, name: 'Oban', node: 'node-1', queue, meta: { limit } })
      await engine.beatProducers([row(1)])
      clock.advance({ seconds: 5 })
      await engine.beatProducers([row(2)])
      const text = `SELECT queue, meta, (extract(epoch FROM updated_at - started_at))::text::float8 AS age
        FROM ${bench.jobs.replace(/oban_jobs$/, 'oban_producers')}`

      assert.deepEqual(await bench.query(text), [{ queue, meta: { limit: 2 }, age: 5 }])
    },
  },
}
