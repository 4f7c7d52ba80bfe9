import { postgres } from '@staffa/core'
import type { Database } from '@staffa/core/internal'
import pg from 'pg'
import { breaking } from './broken.ts'
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
  const own = new URL(url)
  own.searchParams.set('application_name', node)
  const options = { connectionString: own.href, connectionTimeoutMillis: shared ? 0 : 2_000, keepAlive: true }
  const pool = new pg.Pool({ ...options, max: shared ?? 4, query_timeout: 5_000 })
  pool.on('error', () => {}) // an idle connection was lost: the pool opens another
  const database = breaking(postgres(shared ? (pool as never) : own.href, { timeout: { seconds: 5 } }), broken)

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
