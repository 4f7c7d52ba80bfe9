import type { Names } from '../names.ts'
import { type Facts, noFacts } from './facts.ts'
import type { Index, IndexOptions } from './indexes.ts'
import { applyStep, buildIndexes, climb, descend, furnish, type Goal, tune, wantedIndexes } from './plan.ts'

export interface PrintOptions extends Goal, IndexOptions {
  /** The version that the database is at. */
  readonly from: number
}

/**
 * Writes what `migrate` would run on a database at a version, whose indexes, tables and settings are those of Oban
 * alone. Each section wants a transaction of its own; building concurrently wants none.
 */
export function printMigration(names: Names, { from, concurrently, ...goal }: PrintOptions): string {
  const before = factsAt(from, names, goal)
  const after = factsAt(goal.to, names, goal)
  const wanted = wantedIndexes(before, goal)
  const missing = goal.to < from ? [] : wanted

  const sections = [
    section(`From version ${from} down to ${goal.to}`, descend(names, before, goal)),
    section(`From version ${from} up to ${goal.to}`, climb(names, before, goal)),
    section('Tables and settings of Staffa', furnish(names, after, goal)),
    section('Indexes', buildIndexes(names, { facts: after, wanted: missing }, { concurrently })),
    section('Statistics', goal.to < from ? [] : tune(names, { ...after, indexes: namesOf(missing) }, goal)),
    ...(goal.to < from ? [] : goal.steps).map((step) =>
      section(`Migration ${step.name}`, applyStep(names, { ...after, applied: [] }, step)),
    ),
  ]

  return sections.filter(Boolean).join('\n')
}

/** What Oban has made at that version. Plugins count as applied: there they are only to be undone. */
function factsAt(version: number, { prefix }: Names, { steps }: Goal): Facts {
  if (version === 0) return { ...noFacts, schema: prefix === 'public' }

  return {
    ...noFacts,
    version,
    schema: true,
    tables: version >= 11 ? ['oban_jobs', 'oban_peers'] : ['oban_jobs'],
    key: { name: 'oban_jobs_pkey', storage: [] },
    applied: steps.map(({ name }) => name),
  }
}

function namesOf(indexes: readonly Index[]): Facts['indexes'] {
  return Object.fromEntries(indexes.map(({ name }) => [name, true]))
}

function section(title: string, statements: readonly string[]): string {
  return statements.length === 0 ? '' : `-- ${title}\n${statements.map((text) => `${text};\n`).join('')}`
}
