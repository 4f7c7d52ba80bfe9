import { randomBytes } from 'node:crypto'
import { type Clock, migrations, postgres, Staffa, type StaffaOptions, type Worker } from '@staffa/core'
import { type Database, namesIn, systemClock } from '@staffa/core/internal'
import { expected } from '@staffa/core/plugin'
import { CompiledQuery } from 'kysely'
import pg from 'pg'
import { borrowMemory } from './memory.ts'

export interface TestOptions extends Omit<StaffaOptions, 'database'> {
  /** A PostgreSQL URL, a `pg.Pool` or an adapter (both are left open). Defaults to an in-memory PGlite. */
  readonly database?: StaffaOptions['database'] | undefined
  /** The schema of the tables, which then stays when the test ends. Defaults to a new one, which is dropped. */
  readonly prefix?: string | undefined
  /** Whether to begin to work the queues. Defaults to false. */
  readonly start?: boolean | undefined
  /** Hands over what ends the instance, such as vitest's `onTestFinished` or node:test's `t.after`. Defaults to nobody. */
  readonly onFinished?: ((tearDown: () => Promise<void>) => unknown) | undefined
}

/** An instance of a test's own: it shares no table with any other. Disposing of it leaves nothing behind. */
export class TestStaffa extends Staffa {
  /** The adapter, for statements of the test's own. It stays usable after `stop()`. */
  readonly database: Database
  /** The schema of the tables. */
  readonly prefix: string
  /** The workers that it knows. */
  readonly workers: readonly Worker[]
  readonly clock: Clock
  readonly #tearDown: () => Promise<void>
  #tornDown: Promise<void> | undefined

  /** Use {@link testStaffa}, which makes the tables. */
  constructor(options: StaffaOptions & { readonly prefix: string }, place: Place) {
    super({ ...options, database: { ...place.database, close: async () => {} } })
    this.database = place.database
    this.prefix = options.prefix
    this.workers = options.workers ?? []
    this.clock = options.clock ?? systemClock
    this.#tearDown = place.tearDown
  }

  /** Runs SQL, with `$1` … for values; gives the rows as objects. The table of jobs is `"<prefix>".oban_jobs`. */
  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.database.kysely.executeQuery(CompiledQuery.raw(text, [...values]))

    return rows as Row[]
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#tornDown ??= this.stop().finally(this.#tearDown)

    return this.#tornDown
  }
}

/** Where an instance lives, and how that ends. */
export interface Place {
  readonly database: Database
  readonly tearDown: () => Promise<void>
}

/**
 * Makes an instance for one test, with its tables in place: `await using staffa = await testStaffa()`.
 *
 * Takes the options of `new Staffa` and gives some of them other defaults: stages every 50 milliseconds, and lets
 * running jobs go on for a second when it stops.
 */
export async function testStaffa(options: TestOptions = {}): Promise<TestStaffa> {
  const { start = false, onFinished, database: source, ...rest } = options
  const { prefix = `test_${randomBytes(6).toString('hex')}` } = rest
  const own = options.prefix === undefined
  const { schema } = namesIn(prefix)
  const { database, giveBack, runScript } = await open(source)
  const tearDown = async () => {
    try {
      if (own) await dropSchema(database, schema)
    } finally {
      await giveBack()
    }
  }
  const settings = { stager: { interval: { milliseconds: 50 } }, shutdownGracePeriod: { seconds: 1 }, ...rest }

  try {
    const staffa = new TestStaffa({ ...settings, prefix, database }, { database, tearDown })
    onFinished?.(() => staffa[Symbol.asyncDispose]())
    const made = own && (await runScript?.(migrations.sql({ prefix }))) !== undefined
    if (!made || hasMoreTables(settings)) await staffa.migrate()
    if (start) await staffa.start()

    return staffa
  } catch (error) {
    await tearDown()
    throw error
  }
}

/** Whether a layer or a service has tables of its own, besides those of the script. */
function hasMoreTables({ use = [], services = [], workers = [] }: TestOptions): boolean {
  const parts: readonly object[] = [...use, ...services, ...workers.flatMap(({ stack }) => stack)]

  return parts.some((part) => 'migrations' in part)
}

interface Opened {
  readonly database: Database
  readonly giveBack: () => unknown
  /** Runs many statements in one go, which is several times faster than one after the other. */
  readonly runScript?: ((script: string) => Promise<unknown>) | undefined
}

async function open(source: TestOptions['database']): Promise<Opened> {
  if (source === undefined) return borrowMemory()
  if (typeof source === 'object' && 'kysely' in source) return { database: source, giveBack: () => {} }
  const own = typeof source === 'string' ? openPool(source) : undefined
  const pool = own ?? (source as PgPool)
  const database = postgres(pool)
  const giveBack = async () => {
    await database.close()
    await own?.end()
  }

  return { database, giveBack, runScript: (text) => pool.query({ text }) }
}

type PgPool = Exclude<Parameters<typeof postgres>[0], string>

function openPool(connectionString: string): PgPool {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) {
    throw expected('database', 'a URL that begins with postgres://', connectionString.replace(/:[^:@/]*@/, ':…@'))
  }

  return new pg.Pool({ connectionString, max: 5, connectionTimeoutMillis: 10_000 }) as unknown as PgPool
}

/** A transaction that the test has left open must not hold up the end for ever. */
async function dropSchema(database: Database, schema: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query({ name: '', text: `SET LOCAL lock_timeout = '5s'` }, [])
    await transaction.query({ name: '', text: `SET LOCAL client_min_messages = warning` }, [])
    await transaction.query({ name: '', text: `DROP SCHEMA IF EXISTS ${schema} CASCADE` }, [])
  })
}
