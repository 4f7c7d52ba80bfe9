import { isStaffaError, StaffaError } from '../../support/errors.ts'
import type { Database, Queryable } from '../database.ts'
import { isDeadlock } from '../deadlock.ts'
import { type Names, statement } from '../names.ts'
import { type Facts, inspect } from './facts.ts'
import type { Index } from './indexes.ts'
import { newestVersion } from './ladder.ts'
import { applyStep, buildIndexes, climb, count, descend, furnish, type Goal, wantedIndexes } from './plan.ts'

export interface MigrateOptions {
  /** Defaults to the newest version. */
  readonly to?: Goal['to'] | undefined
  /** Defaults to `lean`. */
  readonly indexes?: Goal['indexes'] | undefined
  /** Defaults to none. */
  readonly steps?: Goal['steps'] | undefined
  /** Whether to build indexes beside the table's readers and writers. Defaults to false. */
  readonly concurrently?: boolean | undefined
}

/** How often work begins anew when programs that migrate at once have got in each other's way. */
const tries = 10

/** What it says, without a code of its own, to a statement that has met another on the same row of a catalog. */
const collision = /^tuple concurrently (updated|deleted)$/

/**
 * Brings the database to a version of the tables. Safe to run again, and from several programs at once: each step looks,
 * and if there is something to do looks again under a lock that ends with its transaction. Where there is nothing to do,
 * no lock is taken.
 */
export async function migrate(database: Database, names: Names, options: MigrateOptions = {}): Promise<void> {
  const { to = newestVersion, indexes = 'lean', steps = [], concurrently = false } = options
  const goal: Goal = { to, indexes, steps }
  const step = (decide: (facts: Facts) => readonly string[]) => insist(() => take(database, names, decide))

  try {
    const first = await inspect(database, names)
    checkReachable(first, goal, names)
    const wanted = wantedIndexes(first, goal)

    await step((facts) => descend(names, facts, goal))
    await step((facts) => climb(names, facts, goal))
    await step((facts) => furnish(names, facts, goal))
    if (concurrently) await buildConcurrently(database, names, wanted)
    else await step((facts) => buildIndexes(names, { facts, wanted }))
    await step((facts) => count(names, facts, goal))
    for (const each of to < newestVersion ? [] : steps) await step((facts) => applyStep(names, facts, each))
  } catch (error) {
    throw failed(error, names)
  }
}

const readCommitted = { name: '', text: 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED' }
const lock = statement('migrate', `SELECT pg_advisory_xact_lock(hashtextextended('staffa:' || $1::text, 0))`)

async function take(database: Database, names: Names, decide: (facts: Facts) => readonly string[]): Promise<void> {
  if (decide(await inspect(database, names)).length === 0) return
  await database.transaction(async (transaction) => {
    await transaction.query(readCommitted, [])
    await transaction.query(lock, [names.prefix])
    for (const text of decide(await inspect(transaction, names))) await execute(transaction, text)
  })
}

/**
 * Builds indexes one by one, each outside a transaction, so that nothing holds others off: programs that do this at once
 * wait for each other's builds, and not inside a statement, for a builder waits for every statement that is under way.
 */
async function buildConcurrently(database: Database, names: Names, wanted: readonly Index[]): Promise<void> {
  for (const index of wanted) await insist(() => buildOne(database, names, index))
}

async function buildOne(database: Database, names: Names, index: Index): Promise<void> {
  let facts = await inspect(database, names)
  while (facts.building && facts.indexes[index.name] !== true) {
    await execute(database, 'SELECT pg_sleep(0.1)')
    facts = await inspect(database, names)
  }
  const statements = buildIndexes(names, { facts, wanted: [index] }, { concurrently: true })
  for (const text of statements) await execute(database, text)
  if (statements.length === 0) return

  const { indexes } = await inspect(database, names)
  if (indexes[index.name] !== true) throw new StaffaError('MIGRATION_FAILED', `${index.name} is no index of oban_jobs`)
}

async function execute(on: Queryable, text: string): Promise<void> {
  try {
    await on.query({ name: '', text }, [])
  } catch (cause) {
    throw new StaffaError('MIGRATION_FAILED', messageOf(cause), { data: { statement: text }, cause })
  }
}

/** The server ends one of two programs that wait for each other. Its work is undone, or left unfinished: it begins anew. */
async function insist(work: () => Promise<void>): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left <= 1 || !isWorthAnother(error)) throw error
    }
  }
}

function isWorthAnother(error: unknown): boolean {
  const cause = isStaffaError(error, 'MIGRATION_FAILED') ? error.cause : error
  if (cause === undefined) return true

  return isDeadlock(cause) || collision.test(messageOf(cause))
}

function checkReachable({ version, applied }: Facts, { to, steps }: Goal, { schema }: Names): void {
  if (Number.isNaN(version)) {
    throw new StaffaError('MIGRATION_FAILED', `the comment on the table oban_jobs is no version`)
  }
  if (version > newestVersion && to < newestVersion) {
    const found = version === Number.POSITIVE_INFINITY ? 'tables that another tool looks after' : `version ${version}`
    throw new StaffaError('MIGRATION_FAILED', `cannot go down to ${to} from ${found}`, { data: { found: version } })
  }
  const unknown = applied.filter((name) => !steps.some((step) => step.name === name))
  if (version > to && unknown.length > 0) {
    const message = `cannot go down to ${to}: nobody here knows how to undo ${unknown.join(', ')} in ${schema}`
    throw new StaffaError('MIGRATION_FAILED', message, { data: { unknown } })
  }
}

function failed(error: unknown, { prefix }: Names): StaffaError {
  const data = isStaffaError(error) ? error.data : {}
  const cause = isStaffaError(error, 'MIGRATION_FAILED') ? error.cause : error

  return new StaffaError('MIGRATION_FAILED', `expected to migrate schema "${prefix}", got: ${messageOf(error)}`, {
    data: { prefix, ...data },
    cause,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
