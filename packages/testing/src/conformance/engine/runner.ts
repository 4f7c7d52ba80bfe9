import { randomBytes } from 'node:crypto'
import { postgres } from '@staffa/core'
import { type Database, namesIn } from '@staffa/core/internal'
import { type TestOptions, type TestStaffa, testStaffa } from '../../test-staffa.ts'
import { type Bench, benchOn, type Case, defaultEngine, type MakeEngine, type Verb } from './bench.ts'
import { obanPyTables } from './oban-py.ts'

/** How tests are registered: by vitest, jest, node:test or whatever runs yours. */
export interface Runner {
  readonly describe: (name: string, body: () => void) => unknown
  /** Also told how long the test may take, in milliseconds, which is longer than most runners allow. */
  readonly test: (name: string, body: () => Promise<void>, timeout: number) => unknown
  /** Calls back when all tests of a `describe` are over; node:test calls it `after`. */
  readonly afterAll: (end: () => Promise<void>) => unknown
}

/** The engine to try, and where. */
export interface EngineSubject {
  /** What the suite is called. */
  readonly name: string
  /** A PostgreSQL URL or an adapter. Defaults to an in-memory PGlite. */
  readonly database?: TestOptions['database'] | undefined
  /** Makes the engine. Defaults to core's own. */
  readonly engine?: MakeEngine | undefined
  /** Whether several connections can be at work at once. Defaults to false. */
  readonly concurrent?: boolean | undefined
  /** The schema of the tables, which is dropped at the end. Defaults to a name without anything special. */
  readonly prefix?: string | undefined
  /** Who has made the tables: `oban-py` makes some columns of other types. Defaults to `staffa`. */
  readonly tables?: 'staffa' | 'oban-py' | undefined
}

/** Registers the cases of all verbs. They share one set of tables, which is emptied for each. */
export function register({ describe, test, afterAll }: Runner, subject: EngineSubject, verbs: readonly Verb[]): void {
  describe(subject.name, () => {
    const stand = standFor(subject)
    afterAll(() => stand.close())
    for (const { verb, cases, racing } of verbs) {
      describe(verb, () => {
        const all = { ...cases, ...(subject.concurrent && racing) }
        for (const [sentence, body] of Object.entries(all)) test(sentence, () => stand.run(body), timeout)
      })
    }
  })
}

/** The first test may have to start a database, and some look at 100,000 jobs. */
const timeout = 60_000

interface Stand {
  run(body: Case): Promise<void>
  close(): Promise<void>
}

/** Opens nothing before the first case runs. */
function standFor(subject: EngineSubject): Stand {
  let opening: Promise<Opened> | undefined

  return {
    run: async (body) => {
      opening ??= open(subject)
      const { bench } = await opening
      await empty(bench)
      await body(bench)
    },
    close: async () => {
      await (await opening)?.close()
    },
  }
}

interface Opened {
  readonly bench: Bench
  close(): Promise<void>
}

async function open({ database: source, engine = defaultEngine, prefix, tables }: EngineSubject): Promise<Opened> {
  const own = typeof source === 'string' ? postgres(source, { connections: 8 }) : undefined
  const schema = prefix ?? `conformance_${randomBytes(6).toString('hex')}`
  const home = await testStaffa({ database: own ?? source })
  await prepare(home.database, schema, tables)
  const staffa: TestStaffa = await testStaffa({ database: home.database, prefix: schema })

  return {
    bench: benchOn(staffa, engine),
    close: async () => {
      await staffa[Symbol.asyncDispose]()
      await execute(home.database, `DROP SCHEMA IF EXISTS ${namesIn(schema).schema} CASCADE`)
      await home[Symbol.asyncDispose]()
      await own?.close()
    },
  }
}

async function prepare(database: Database, prefix: string, tables: EngineSubject['tables']): Promise<void> {
  const { schema } = namesIn(prefix)
  await execute(database, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  if (tables !== 'oban-py') return
  for (const text of obanPyTables(schema)) await execute(database, text)
}

async function empty({ database, prefix }: Bench): Promise<void> {
  const { jobs, peers, producers } = namesIn(prefix)
  for (const table of [jobs, peers, producers]) await execute(database, `DELETE FROM ${table}`)
}

async function execute(database: Database, text: string): Promise<void> {
  await database.query({ name: '', text }, [])
}
