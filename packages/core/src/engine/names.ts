import { createHash } from 'node:crypto'
import { expected } from '../support/errors.ts'
import type { Statement } from './database.ts'

/** The quoted names of the objects in one schema. */
export interface Names {
  /** The schema, unquoted. */
  readonly prefix: string
  readonly schema: string
  readonly jobs: string
  readonly peers: string
  readonly leaders: string
  readonly producers: string
  /** The enum of states. */
  readonly state: string
}

/** The names of the tables in the schema called `prefix`. */
export function namesIn(prefix: string): Names {
  checkPrefix(prefix)
  const schema = quoted(prefix)

  return Object.freeze({
    prefix,
    schema,
    jobs: `${schema}.oban_jobs`,
    peers: `${schema}.oban_peers`,
    leaders: `${schema}.oban_leaders`,
    producers: `${schema}.oban_producers`,
    state: `${schema}.oban_job_state`,
  })
}

/** The name of a channel on the wire. */
export function channelName(prefix: string, channel: string): string {
  return `${prefix}.oban_${channel}`
}

/** An identifier, safe to put into SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A value, safe to put into SQL that takes no parameters. */
export function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** Verbs that may take as long as they like: they go over all the rows that a filter fits, or wait for others. */
const lengthy: readonly string[] = ['list', 'count', 'update', 'cancel', 'delete', 'retry', 'prune', 'lock', 'migrate']

/**
 * Verbs whose statements sessions keep prepared: those that look for nothing among the jobs, and the busiest of those
 * that do, which take care of their plans (`plannedAnew`, `KeptPlan`). A plan that is kept was made for the tables as
 * they were.
 */
const kept: readonly string[] = ['insert', 'insert_alike', 'notify', 'beat', 'fetch', 'ack', 'ack_completed']

/** The verbs that a busy node lives by, and those of their kind: the same connection had better run them again and again. */
const lanes: readonly string[] = ['fetch', 'ack', 'insert']

/** A body of code between dollar signs, with a word between them that the body does not have. */
export function dollarQuoted(body: string): string {
  let word = 'staffa'
  while (body.includes(`$${word}$`)) word += '_'

  return `$${word}$${body}$${word}$`
}

/** Gives a statement a name that no other text shares, under which sessions can keep it prepared. */
export function statement(verb: string, text: string): Statement {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)

  return Object.freeze({
    name: `staffa_${verb}_${hash}`,
    text,
    brief: !lengthy.includes(verb),
    kept: kept.includes(verb),
    lane: lanes.find((each) => verb.startsWith(each)),
  })
}

/** Channel names are identifiers too: at most 63 bytes with what is added to the prefix. */
function checkPrefix(prefix: unknown): asserts prefix is string {
  const fits = typeof prefix === 'string' && prefix.length > 0 && !prefix.includes('\0') && prefix.isWellFormed()
  if (!fits || Buffer.byteLength(channelName(prefix, 'diagnostics_reply')) > 63) {
    throw expected('prefix', 'the name of a schema, of 1 to 40 bytes', prefix)
  }
}
