import assert from 'node:assert/strict'
import { manualClock } from '../../manual-clock.ts'
import { insert, type Verb } from './bench.ts'

export const reindex: Verb = {
  verb: 'reindex, dropInvalidIndexes, noteReindex and sinceReindex',
  cases: {
    'rebuilds an index': async (bench) => {
      const find = `SELECT pg_relation_filenode($1::text::regclass)::text AS file`
      const name = bench.jobs.replace(/oban_jobs$/, 'oban_jobs_pkey')
      const [before] = await bench.query(find, [name])
      await bench.engine.reindex('oban_jobs_pkey')

      assert.notDeepEqual(await bench.query(find, [name]), [before])
    },

    'tells how long ago it was noted that indexes were rebuilt': async (bench) => {
      const clock = manualClock(new Date('2031-05-06T12:00:00Z'))
      const engine = bench.at(clock)
      assert.equal(await engine.sinceReindex(), undefined)
      await engine.noteReindex()
      clock.advance({ hours: 30 })
      assert.equal(await engine.sinceReindex(), 30 * 3_600_000)
      await bench.engine.noteReindex()

      assert.ok(((await bench.engine.sinceReindex()) ?? -1) >= 0)
      await bench.query(`COMMENT ON TABLE ${bench.jobs.replace(/oban_jobs$/, 'oban_producers')} IS 'ours'`)
      assert.equal(await bench.engine.sinceReindex(), undefined)
    },

    'drops indexes whose build was interrupted, and no others': async (bench) => {
      await insert(bench, {}, {})
      const broken = `CREATE UNIQUE INDEX CONCURRENTLY oban_jobs_broken ON ${bench.jobs} (worker)`
      const count = `SELECT count(*)::int AS count FROM pg_index WHERE indrelid = $1::text::regclass`
      const [before] = await bench.query(count, [bench.jobs])
      await assert.rejects(bench.query(broken), { code: '23505' })

      assert.deepEqual(await bench.engine.dropInvalidIndexes(), ['oban_jobs_broken'])
      assert.deepEqual(await bench.query(count, [bench.jobs]), [before])
      assert.deepEqual(await bench.engine.dropInvalidIndexes(), [])
    },
  },
}
