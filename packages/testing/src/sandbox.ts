import { type Clock, postgres, type StaffaOptions } from '@staffa/core'
import { expected } from '@staffa/core/plugin'
import pg from 'pg'
import { type PgPoolLike, type SharedPool, sharedPool } from './shared-connection.ts'
import { type Place, type TestOptions, TestStaffa } from './test-staffa.ts'

export interface SandboxOptions extends Omit<TestOptions, 'database'> {
  /** A PostgreSQL URL or a `pg.Pool`, of which one connection is taken. */
  readonly database: string | PgPoolLike
}

/** An instance whose every write is undone at the end, and a pool through which the program under test sees the same. */
export class Sandbox extends TestStaffa {
  /**
   * The one connection, as a `pg.Pool`: give it to the program under test, to its query builder or its ORM. Transactions
   * in it are savepoints.
   */
  readonly pool: SharedPool

  /** Use {@link sandbox}, which begins the transaction. */
  constructor(options: StaffaOptions & { readonly prefix: string }, place: Place & { readonly pool: SharedPool }) {
    super(options, place)
    this.pool = place.pool
  }
}

/** PostgreSQL's own clock stands still inside a transaction. */
const ticking: Clock = Object.freeze({ now: () => new Date(), authoritative: true })

/**
 * Makes an instance for one test inside a transaction that is rolled back at the end: for programs that have tables of
 * their own beside the jobs. Works in the tables that are there, of `public` unless told otherwise, and makes those that
 * are missing.
 */
export async function sandbox(options: SandboxOptions): Promise<Sandbox> {
  const { start = false, onFinished, database: source, prefix = 'public', ...rest } = options
  const own = typeof source === 'string' ? new pg.Pool({ connectionString: source, max: 1 }) : undefined
  const real = own ?? source
  if (typeof real !== 'object' || typeof real.connect !== 'function') {
    throw expected('database', 'a PostgreSQL URL or a pg.Pool', source)
  }
  const client = await real.connect()
  const tearDown = async () => {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
    await own?.end()
  }

  await client.query('BEGIN')
  const pool = sharedPool(client)
  const settings = { clock: ticking, leader: false, stager: { interval: { milliseconds: 50 } }, ...rest } as const
  const database = postgres(pool as never)
  const staffa = new Sandbox({ shutdownGracePeriod: 1, ...settings, prefix, database }, { database, pool, tearDown })
  onFinished?.(() => staffa[Symbol.asyncDispose]())
  await staffa.migrate()
  if (start) await staffa.start()

  return staffa
}
