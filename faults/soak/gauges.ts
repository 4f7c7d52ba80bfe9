import type pg from 'pg'
import { memory } from './memory.ts'
import type { NodeProcess } from './node-process.ts'
import type { NodeReport } from './protocol.ts'
import type { Sample } from './sample.ts'

const megabyte = 2 ** 20

/** The sizes are those of files: what is free inside of them counts. */
const query = `
  SELECT
    pg_table_size('oban_jobs') AS "table",
    pg_indexes_size('oban_jobs') AS indexes,
    (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'oban_jobs') AS dead,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
    (SELECT count(*) FROM oban_jobs WHERE state IN ('available', 'executing', 'scheduled', 'retryable')) AS depth`

export interface Measured {
  readonly sample: Sample
  readonly reports: readonly NodeReport[]
}

/** Measures everything once. */
export async function measure(client: pg.Client, nodes: readonly NodeProcess[], began: number): Promise<Measured> {
  const [row] = (await client.query<Record<'table' | 'indexes' | 'dead' | 'connections' | 'depth', string>>(query)).rows
  const reports = await Promise.all(nodes.map((node) => node.report()))
  const perNode = nodes.flatMap(({ node }, index) => [
    [`rss.${node}`, reports[index]?.rss],
    [`heap.${node}`, reports[index]?.heap],
    [`pool.${node}`, reports[index]?.inUse],
  ])
  const own = memory()
  const values = {
    ...Object.fromEntries(perNode),
    'rss.driver': own.rss,
    'heap.driver': own.heap,
    connections: Number(row?.connections),
    table: Number(row?.table) / megabyte,
    indexes: Number(row?.indexes) / megabyte,
    'dead tuples': Number(row?.dead),
    'queue depth': Number(row?.depth),
  }

  return { sample: { at: performance.now() - began, values }, reports }
}
