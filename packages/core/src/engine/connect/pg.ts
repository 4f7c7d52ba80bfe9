import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { checkInteger } from '../../lifecycle/validate.ts'
import { type Duration, toPositiveMilliseconds } from '../../support/duration.ts'
import { expected, rejectUnknown } from '../../support/errors.ts'
import type { Database, Queryable } from '../database.ts'
import { ask, type Manner } from './ask.ts'
import { Lanes, type Lender } from './lanes.ts'
import { listenOn } from './listen.ts'
import type { PgClient, PgPool } from './pg-pool.ts'
import { inTime, silentSince } from './silence.ts'
import { Trust } from './trust.ts'

export type { PgPool } from './pg-pool.ts'

export interface PostgresOptions {
  /** The most connections that a pool opened here may hold. Defaults to 10. */
  readonly connections?: number | undefined
  /** Whether sessions keep the busiest statements prepared. Say no behind a proxy that pools transactions. Defaults to true. */
  readonly prepare?: boolean | undefined
  /**
   * Whether to LISTEN for notices, which takes a connection. Say no behind a proxy that pools transactions. Defaults to
   * true, where the pool has more than one connection.
   */
  readonly listen?: boolean | undefined
  /**
   * How long one of Staffa's own brief statements may go without an answer; its connection then counts as lost, as when
   * a firewall has forgotten it, and another is opened, which may take as long, and ten seconds at most. Signs of life of
   * a node wait for a third of the rescuer's lease if that is less, a second at least. Defaults to a minute.
   */
  readonly timeout?: Duration | undefined
}

/** Reaches PostgreSQL through a URL, or through a pool of the caller's, which is then left open. */
export function postgres(source: string | PgPool, options: PostgresOptions = {}): Database {
  const { connections, listen, ...asked } = checked(options)
  const manner = { ...asked, known: typeof source === 'string' }
  const pool = typeof source === 'string' ? openPool(source, { max: connections, timeout: manner.timeout }) : source
  const lanes = typeof source === 'string' ? new Lanes(pool) : undefined
  const lender = new Trust(lanes ?? lending(pool))
  const lent = { connect: () => lender.connect(), end: () => pool.end() }
  const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool: lent as never }) })
  const listens = listen && (pool.options?.max ?? 10) > 1
  const forgetErrors = forgetErrorsOf(pool)

  return {
    kysely,
    query: (statement, values) =>
      onFreeClient(lender, statement.lane, (client) => ask(client, { statement, values, manner })),
    transaction: (work) => inTransaction(lender, work, { ...manner, prepare: false }),
    listen: listens ? (wanted) => listenOn(lender, wanted) : undefined,
    close: async () => {
      if (!lanes) return forgetErrors()
      lanes.close()
      await pool.end()
    },
  }
}

/** A pool of the caller's has its connections back at once. */
function lending(pool: PgPool): Lender {
  return { connect: () => pool.connect(), release: (client, { failed }) => client.release(failed) }
}

/**
 * An error that nobody listens to ends the process. Idle connections get lost: the pool replaces them, and whoever
 * needs one is told. New ones may be cut between the moment they are open and the moment they are handed over.
 */
function forgetErrorsOf(pool: PgPool): () => void {
  const onConnect = (client: PgClient) => {
    client.off('error', ignore)
    client.on('error', ignore)
  }
  pool.on('error', ignore)
  pool.on('connect', onConnect)

  return () => {
    pool.off('error', ignore)
    pool.off('connect', onConnect)
  }
}

/** One for all instances, so that those that share a pool do not pile up listeners on its connections. */
function ignore(): void {}

function checked(options: PostgresOptions) {
  if (typeof options !== 'object' || options === null) throw expected('options of postgres()', 'an object', options)
  rejectUnknown('postgres()', options, ['connections', 'prepare', 'listen', 'timeout'])
  const { connections = 10, prepare = true, listen = true, timeout = { minutes: 1 } } = options
  checkInteger(connections, 'connections', { from: 1 })
  if (typeof prepare !== 'boolean') throw expected('prepare', 'true or false', prepare)
  if (typeof listen !== 'boolean') throw expected('listen', 'true or false', listen)

  return { connections, prepare, listen, timeout: Math.min(longest, toPositiveMilliseconds(timeout, 'timeout')) }
}

interface PoolOptions {
  /** The most connections. */
  readonly max: number
  /** Milliseconds in which one has to be open. */
  readonly timeout: number
}

/** Whoever waits for a turn may wait for longer than a connection may take to open. */
function openPool(connectionString: string, { max, timeout }: PoolOptions): PgPool {
  class Client extends pg.Client {
    constructor(config: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: Math.min(longestTurn, timeout) })
    }
  }

  return new pg.Pool({
    Client: Client as never,
    connectionString,
    max,
    connectionTimeoutMillis: longestTurn,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }) as unknown as PgPool
}

/** How long a connection is waited for, in milliseconds. */
const longestTurn = 10_000

/** A connection on which something has failed is not lent again. */
async function onFreeClient<T>(
  lender: Lender,
  lane: string | undefined,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  const client = await lender.connect(lane)
  let failed: Error | undefined
  client.on('error', ignore) // whoever waits for an answer is told of it
  try {
    return await work(client)
  } catch (error) {
    failed = error as Error
    throw error
  } finally {
    client.off('error', ignore)
    lender.release(client, { lane, failed })
  }
}

/** The longest that a timer can count to, and the server: 24 days. */
const longest = 2 ** 31 - 1

/** The server waits no longer for a client that may be gone than the client for the server: the locks become free. */
async function inTransaction<T>(
  lender: Lender,
  work: (transaction: Queryable) => Promise<T>,
  manner: Manner,
): Promise<T> {
  const client = await lender.connect()
  let broken: Error | undefined
  const breakOff = (error: Error) => {
    broken = error // between two statements nobody else would hear of it, and the process would end
  }
  client.on('error', breakOff)
  const unlessBroken = async <A>(asking: () => Promise<A>): Promise<A> => {
    if (broken) throw broken // whoever has waited in vain for one answer is not to wait for the next
    const answer = asking()
    answer.catch((error: Error) => silentSince(error) !== undefined && breakOff(error))

    return answer
  }
  const query: Queryable['query'] = (statement, values) =>
    unlessBroken(() => ask(client, { statement, values, manner }))
  const say = (text: string) =>
    unlessBroken(() => inTime(client, manner.timeout, (limit) => client.query({ ...limit, text })))

  try {
    await say(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${manner.timeout}`)
    const result = await work({ query })
    await say('COMMIT')

    return result
  } catch (error) {
    await say('ROLLBACK').catch(breakOff)
    throw error
  } finally {
    client.off('error', breakOff)
    lender.release(client, { lane: undefined, failed: broken })
  }
}
