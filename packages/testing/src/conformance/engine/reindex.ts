import assert from 'node:assert/strict'
import { insert, type Verb } from './bench.ts'

export const reindex: Verb = {
  verb: 'reindex and dropInvalidIndexes',
  cases: {
    'rebuilds an index': async (bench) => {
      const find = `SELECT pg_relation_filenode($1::text::regclass)::text AS file`
      const name = bench.jobs.replace(/oban_jobs$/, 'oban_jobs_pkey')
      const [before] = await bench.query(find, [name])
      await bench.engine.reindex('oban_jobs_pkey')

      assert.notDeepEqual(await bench.query(find, [name]), [before])
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
