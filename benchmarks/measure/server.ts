import pg from 'pg'
import { startPostgres, type TestServer } from '../../test/postgres.ts'

/**
 * A PostgreSQL as it comes, but for its size: durable, since that is what users run. The test server's own settings,
 * which are not, are taken back one by one.
 */
const serverSettings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '100',
  shared_buffers: '1GB',
  min_wal_size: '1GB',
  max_wal_size: '4GB',
} as const

/** Starts a server that is ready to be measured. */
export async function startServer(): Promise<TestServer & AsyncDisposable> {
  const server = await startPostgres({ settings: serverSettings })
  await warmUp(server.url)

  return { ...server, [Symbol.asyncDispose]: server.stop }
}

/**
 * A new server makes each segment of its log when it first needs it, and an old one uses them again: without this,
 * whoever comes first would pay for those who come later.
 */
async function warmUp(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(
    `SELECT pg_logical_emit_message(false, 'warm-up', repeat('x', 16000000)) FROM generate_series(1, 64)`,
  )
  await client.query('CHECKPOINT')
  await client.end()
}
