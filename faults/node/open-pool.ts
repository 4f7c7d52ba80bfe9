import pg from 'pg'

/** A transaction whose client has fallen silent must not keep its locks, or others wait for the row of one job. */
const patience = { idle_in_transaction_session_timeout: 5_000 }

/** Opens a pool as an application should: a session that is cut at any moment is an error of whoever uses it, no more. */
export function openPool(url: string, name: string, config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionString: named(url, name), keepAlive: true, ...config, ...patience })
  pool.on('error', () => {}) // an idle session was cut: the pool opens another
  // One that is cut in the breath in which it was opened belongs to nobody yet, and would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}))

  return pool
}

/** A URL whose sessions bear a name, so that the database knows who did what. */
export function named(url: string, name: string): string {
  const own = new URL(url)
  own.searchParams.set('application_name', name)

  return own.href
}
