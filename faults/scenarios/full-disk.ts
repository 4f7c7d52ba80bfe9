import { onPostgres } from '../stage/on-postgres.ts'
import { byTheApplication } from './felt.ts'

interface Sizes {
  readonly table: string
}

/** The tables cannot grow: statements fail, some of them, while others still find room. */
export const fullDisk = onPostgres({
  name: 'full-disk',
  fault: 'the disk of the server is full',
  promise: 'inserts are refused and leave nothing; what was acknowledged waits, and goes on when there is room',
  resumesWithin: 15_000,
  load: { padding: 1_500 },
  felt: byTheApplication,
  run: async (stage) => {
    const table = `${stage.database.schema}.oban_jobs`
    const [sizes] = await stage.database.query<Sizes>(`SELECT pg_relation_size('${table}')::text AS table`)
    const segment = 1_048_576 // the write-ahead log's files are this large from the start
    await stage.fault('disk full', stage.nodes.living, async () => {
      await stage.server.fillDisk(Math.max(segment, Number(sizes?.table)))
      await stage.wait(stage.time({ whole: 10_000, quick: 4_000 }))
      await stage.server.fillDisk(undefined)
    })
  },
})
