import { postgres } from '@staffa/core'
import type { Database } from '@staffa/core/internal'
import type pg from 'pg'
import { breaking } from './broken.ts'
import { named, openPool } from './open-pool.ts'
import type { NodeOrder } from './protocol.ts'
import type { Application } from './workers.ts'

/** How a node reaches the database: for itself, and for its application. */
export interface Reach {
  readonly database: Database
  readonly application: Application
  readonly pool: pg.Pool
}

/** Opens nothing yet. The sessions bear the node's name, so that the database knows who did what. */
export function reach({ url, node, shared, broken }: NodeOrder): Reach {
  const pool = openPool(url, node, {
    max: shared ?? 4,
    connectionTimeoutMillis: shared ? 0 : 2_000,
    query_timeout: 5_000,
  })
  const database = breaking(postgres(shared ? (pool as never) : named(url, node), { timeout: { seconds: 5 } }), broken)

  return {
    database,
    pool,
    application: { query: (text, values) => pool.query(text, [...values]), transaction: within(pool) },
  }
}

function within(pool: pg.Pool): Application['transaction'] {
  return async (work) => {
    const client = await pool.connect()
    let broken: Error | undefined
    const breakOff = (error: Error) => {
      broken = error
    }
    client.on('error', breakOff)
    try {
      await client.query('BEGIN')
      await work(client as never)
      await client.query('COMMIT')
    } catch (error) {
      broken ??= error as Error // a session that failed may be in any state: it is not used again
      throw error
    } finally {
      client.off('error', breakOff)
      client.release(broken)
    }
  }
}
