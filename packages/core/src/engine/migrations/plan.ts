import { literal, type Names, quoted } from '../names.ts'
import type { Facts } from './facts.ts'
import { createIndex, dropIndex, type Index, type IndexOptions, obanIndexes, ownIndexes } from './indexes.ts'
import { ladder, newestVersion } from './ladder.ts'
import { parts } from './parts.ts'
import type { PluginStep } from './plugin-steps.ts'
import { countAsUsual, countRoughly } from './statistics.ts'
import { choose, createTable, keyStorage, recordTable, sideTables, storage, unchoose } from './tables.ts'

/** Where to go. */
export interface Goal {
  /** Oban's version of the tables. What is Staffa's own, and of plugins, belongs to the newest alone. */
  readonly to: number
  readonly indexes: 'lean' | 'oban'
  /** The migrations of the plugins that are known, in the order in which to apply them. */
  readonly steps: readonly PluginStep[]
}

/** Up to a version. One transaction: either it is reached or nothing has changed. */
export function climb(names: Names, { version: from, schema }: Facts, { to }: Goal): readonly string[] {
  if (from >= to) return []
  const over = from === 0 ? [] : parts.filter(({ until }) => isWithin(until, from, to))
  const begun = parts.filter(({ since, until }) => isWithin(since, from, to) && !isWithin(until, 0, to))

  return [
    ...(schema ? [] : [`CREATE SCHEMA IF NOT EXISTS ${names.schema}`]),
    ...over.flatMap((part) => part.drop(names)),
    ...versions(from + 1, to).flatMap((version) => ladder[version]?.up?.(names, to) ?? []),
    ...begun.flatMap((part) => part.make(names)),
    comment(names, to),
  ]
}

/** Down to a version, after everything that needs a newer one is gone. One transaction. */
export function descend(names: Names, facts: Facts, { to, steps }: Goal): readonly string[] {
  if (to >= newestVersion || facts.version <= to) return []
  const undone = steps.filter(({ name }) => facts.applied.includes(name)).toReversed()

  return [...undone.flatMap(({ down }) => down(names.schema)), ...(to === 0 ? clear(names) : shrink(names, facts, to))]
}

function shrink(names: Names, facts: Facts, to: number): readonly string[] {
  const from = facts.version
  const late = parts.filter(({ since, until }) => isWithin(since, to, from) && !isWithin(until, 0, from)).toReversed()
  const back = parts.filter(({ since, until }) => since <= to && isWithin(until, to, from))
  const indexes = [...ownIndexes, ...obanIndexes.filter(({ since }) => since > to)]

  return [
    ...indexes.map(({ name }) => dropIndex(names, name)),
    ...late.flatMap((part) => part.drop(names)),
    ...(from < newestVersion ? [] : [countAsUsual(names)]),
    ...versions(to + 1, from)
      .toReversed()
      .flatMap((version) => ladder[version]?.down?.(names) ?? []),
    unchoose(`TABLE ${names.jobs}`, storage),
    ...(facts.key ? [unchoose(keyOf(names, facts.key), keyStorage)] : []),
    ...back.flatMap((part) => part.make(names)),
    ...ours(names).map((table) => `DROP TABLE IF EXISTS ${table}`),
    comment(names, to),
  ]
}

/** To nothing: the schema itself stays, for there may be more in it. */
function clear(names: Names): readonly string[] {
  return [
    ...(ladder[1]?.down?.(names) ?? []),
    ...[names.peers, ...ours(names)].map((table) => `DROP TABLE IF EXISTS ${table}`),
    `DROP FUNCTION IF EXISTS ${names.schema}.oban_jobs_notify()`,
    `DROP FUNCTION IF EXISTS ${names.schema}.oban_wrap_id(bigint)`,
  ]
}

/** The tables beside the jobs, and how jobs are stored. What somebody else has chosen stays. */
export function furnish(names: Names, facts: Facts, { to, steps }: Goal): readonly string[] {
  if (to < newestVersion) return []
  const tables = [...sideTables, ...(steps.length > 0 ? [recordTable] : [])]
  const missing = tables.filter(({ name }) => !facts.tables.includes(name))

  return [
    ...missing.map((table) => createTable(names, table)),
    ...(isOurs(facts) ? choose(`TABLE ${names.jobs}`, storage, facts.storage) : []),
    ...(isOurs(facts) && facts.key ? choose(keyOf(names, facts.key), keyStorage, facts.key.storage) : []),
  ]
}

/**
 * The indexes that there should be, seen from what there was at first: a table on its way up that Oban has made gets
 * what Oban would have given it.
 */
export function wantedIndexes(first: Facts, { to, indexes }: Goal): readonly Index[] {
  if (!isOurs(first)) return []
  const obans =
    indexes === 'oban' || (first.version < to && isMadeByOban(first))
      ? obanIndexes.filter(({ since }) => since <= to)
      : []

  return [...obans, ...(to < newestVersion ? [] : ownIndexes)]
}

/** What an interrupted build has left is no index: it goes, and is made anew. */
export function buildIndexes(
  names: Names,
  { facts, wanted }: { readonly facts: Facts; readonly wanted: readonly Index[] },
  options: IndexOptions = {},
): readonly string[] {
  return wanted
    .filter(({ name }) => facts.indexes[name] !== true)
    .flatMap((index) => [
      ...(facts.indexes[index.name] === false ? [dropIndex(names, index.name, options)] : []),
      createIndex(names, index, options),
    ])
}

/** How finely the values of columns are counted, once the indexes are there. What somebody else has chosen stays. */
export function tune(names: Names, facts: Facts, { to }: Goal): readonly string[] {
  if (to < newestVersion || !isOurs(facts)) return []

  return countRoughly(names, facts.statistics, Object.keys(facts.indexes))
}

/** One migration of a plugin, and the record of it. One transaction. */
export function applyStep(names: Names, facts: Facts, { name, up }: PluginStep): readonly string[] {
  if (facts.applied.includes(name)) return []

  return [...up(names.schema), `INSERT INTO ${recordOf(names)} (name) VALUES (${literal(name)})`]
}

function comment({ jobs }: Names, version: number): string {
  return `COMMENT ON TABLE ${jobs} IS '${version}'`
}

function keyOf({ schema }: Names, { name }: NonNullable<Facts['key']>): string {
  return `INDEX ${schema}.${quoted(name)}`
}

function recordOf({ schema }: Names): string {
  return `${schema}.${recordTable.name}`
}

/** Rather than by oban-py, which writes no version, or 1 over whatever it finds. */
function isMadeByOban({ version, columns }: Facts): boolean {
  return version > 1 || (version === 1 && !columns.includes('cancelled_at'))
}

/** The tables that Oban does not know. */
function ours(names: Names): readonly string[] {
  return [names.leaders, names.producers, recordOf(names)]
}

/** Whether a version is after one, and not after the other. */
function isWithin(version: number | undefined, after: number, upTo: number): boolean {
  return version !== undefined && version > after && version <= upTo
}

/** A table that another tool looks after may be anything, such as a partitioned one: it is left alone. */
function isOurs({ version }: Facts): boolean {
  return version !== Number.POSITIVE_INFINITY
}

function versions(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}
