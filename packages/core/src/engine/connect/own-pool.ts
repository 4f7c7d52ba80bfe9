import pg from 'pg'
import { Lanes } from './lanes.ts'
import type { PgClient, PgPool } from './pg-pool.ts'
import { type OpenClient, Spare } from './spare.ts'

export interface OwnPoolOptions {
  /** The most connections. */
  readonly max: number
  /** Milliseconds in which one has to be open. */
  readonly timeout: number
}

/** How long a connection is waited for, in milliseconds. */
const longestTurn = 10_000

/**
 * A pool of Staffa’s own, and who lends its connections. Whoever waits for a turn may wait for longer than a connection may
 * take to open.
 */
export function openPool(connectionString: string, { max, timeout }: OwnPoolOptions) {
  const line = { connectionString, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
  class Client extends pg.Client {
    constructor(config: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: Math.min(longestTurn, timeout) })
    }
  }
  const options = { ...line, Client: Client as never, max, connectionTimeoutMillis: longestTurn }
  const pool = new pg.Pool(options) as unknown as PgPool
  const beside: OpenClient = async () => {
    const client = new Client(line)
    client.on('error', () => {}) // whoever waits for an answer is told of it
    await client.connect()

    return Object.assign(client, { release: () => client.end(() => {}) }) as unknown as PgClient
  }

  return { pool, spare: new Spare(new Lanes(pool), beside) }
}
