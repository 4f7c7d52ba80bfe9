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
  max_wal_size: '4GB',
} as const

export async function startServer(): Promise<TestServer & AsyncDisposable> {
  const server = await startPostgres({ settings: serverSettings })

  return { ...server, [Symbol.asyncDispose]: server.stop }
}
