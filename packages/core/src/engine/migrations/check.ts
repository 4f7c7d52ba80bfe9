import { StaffaError } from '../../support/errors.ts'
import type { Database } from '../database.ts'
import type { Names } from '../names.ts'
import { type Facts, inspect } from './facts.ts'
import { newestVersion } from './ladder.ts'
import type { PluginStep } from './plugin-steps.ts'

const neededTables: readonly string[] = ['oban_peers', 'oban_producers']
const neededColumns: readonly string[] = ['attempted_by', 'discarded_at', 'priority', 'tags', 'meta', 'cancelled_at']
const neededStates: readonly string[] = ['cancelled', 'suspended']

/**
 * Throws `NOT_MIGRATED` when the tables, or those of a plugin, are missing or too old to work with. It goes by what is
 * there, not by the version alone: old oban-py writes the wrong one.
 */
export async function checkMigrated(
  database: Database,
  names: Names,
  steps: readonly PluginStep[] = [],
): Promise<void> {
  const facts = await inspect(database, names)
  const missing = facts.version === 0 ? ['oban_jobs'] : missingFrom(facts, steps)
  if (missing.length === 0) return
  const got = facts.version === 0 ? 'none' : `version ${textOf(facts.version)} without ${missing.join(', ')}`

  throw new StaffaError(
    'NOT_MIGRATED',
    `expected tables of version ${newestVersion} in schema ${names.schema}, got ${got}: call staffa.migrate() first`,
    { data: { prefix: names.prefix, found: facts.version, needed: newestVersion, missing } },
  )
}

function textOf(version: number): string {
  return version === Number.POSITIVE_INFINITY ? '∞' : String(version)
}

function missingFrom({ columns, states, tables, applied }: Facts, steps: readonly PluginStep[]): readonly string[] {
  return [
    ...neededColumns.filter((name) => !Object.hasOwn(columns, name)),
    ...neededStates.filter((name) => !states.includes(name)),
    ...neededTables.filter((name) => !tables.includes(name)),
    ...steps.map(({ name }) => name).filter((name) => !applied.includes(name)),
  ]
}
