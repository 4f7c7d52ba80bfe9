import { onPostgres } from '../stage/on-postgres.ts'
import type { Stage } from '../stage/stage.ts'
import { byTheApplication } from './felt.ts'

interface Sizes {
  readonly jobs: number
}

/** The tables cannot grow: statements fail, some of them, while others still find room. */
export const fullDisk = onPostgres({
  name: 'full-disk',
  fault: 'the disk of the server is full',
  promise: 'inserts are refused and leave nothing; what was acknowledged waits, and goes on when there is room',
  resumesWithin: 20_000,
  load: { padding: 1_500 },
  felt: byTheApplication,
  run: async (stage) => {
    await grow(stage)
    await stage.fault('disk full', stage.nodes.living, async () => {
      await stage.server.fillDisk(await size(stage))
      await stage.wait(stage.time({ whole: 10_000, quick: 4_000 }))
      await stage.server.fillDisk(undefined)
    })
  },
})

/** Until the table is larger than a file of the write-ahead log: those have their size from the start. */
async function grow(stage: Stage): Promise<void> {
  while ((await size(stage)) < 1_100_000) {
    await Promise.all(Array.from({ length: 20 }, () => stage.desk.add('note')))
  }
}

async function size({ database }: Stage): Promise<number> {
  const [sizes] = await database.query<Sizes>(`SELECT pg_relation_size('${database.schema}.oban_jobs')::int AS jobs`)

  return sizes?.jobs ?? 0
}
