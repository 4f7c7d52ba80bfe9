import { type Names, type Statement, statement } from '@staffa/core/internal'

export interface Statements {
  readonly now: Statement
  readonly list: Statement
  readonly find: Statement
  readonly put: Statement
  readonly change: Statement
  readonly pause: Statement
  readonly remove: Statement
  readonly removeOthers: Statement
  readonly claim: Statement
}

/** The statements about the table of entries in one schema. */
export function statements({ schema }: Names): Statements {
  const table = `${schema}.oban_crons`

  return {
    now: statement('cron_now', `SELECT (date_part('epoch', ${now(1)}) * 1000)::text`),
    list: statement('cron_list', `SELECT ${columns} FROM ${table} AS cron WHERE last_slot IS NOT NULL ORDER BY name`),
    find: statement(
      'cron_find',
      `SELECT ${columns} FROM ${table} AS cron WHERE name = $1::text AND last_slot IS NOT NULL`,
    ),
    put: statement('cron_put', put(table)),
    change: statement('cron_change', change(table)),
    pause: statement('cron_pause', pause(table)),
    remove: statement('cron_remove', remove(table, 'name = ANY ($1::text::text[])')),
    removeOthers: statement('cron_remove_others', remove(table, 'synced AND name <> ALL ($1::text::text[])')),
    claim: statement('cron_claim', claim(table)),
  }
}

/** The columns of a row, in the order in which `toRow` reads them. `xmin` is another one after every change. */
const columns = [
  'cron.name',
  'cron.expression',
  'cron.worker',
  'cron.opts::text',
  'cron.paused::text',
  `(date_part('epoch', cron.last_slot) / 60)::text`,
  'cron.xmin::text',
  `(date_part('epoch', cron.inserted_at) * 1000)::text`,
  `(date_part('epoch', cron.updated_at) * 1000)::text`,
].join(', ')

/** The present by the clock that rules: the parameter's, or the database's, which goes on inside a transaction. */
function now(parameter: number): string {
  return `(coalesce(to_timestamp($${parameter}::text::float8 / 1000), clock_timestamp()) AT TIME ZONE 'UTC')`
}

const given = `jsonb_to_recordset($1::text::jsonb) AS given
  (name text, expression text, worker text, opts jsonb, paused boolean, synced boolean)`

/** Inserts entries, or changes those that are there. Locks them in the order of their names. */
function put(table: string): string {
  return `
    WITH given AS MATERIALIZED (SELECT * FROM ${given}), clock AS MATERIALIZED (SELECT ${now(2)} AS now)
    INSERT INTO ${table} AS cron
      (name, expression, worker, opts, paused, synced, last_slot, inserted_at, updated_at)
    SELECT name, expression, worker, opts, coalesce(paused, false), synced, date_trunc('minute', now), now, now
    FROM given, clock ORDER BY name
    ON CONFLICT (name) DO UPDATE SET
      synced = excluded.synced, ${changes('excluded', '(SELECT paused FROM given WHERE given.name = cron.name)')}
    RETURNING ${columns}`
}

/** Changes one entry, unless it is no longer what it was when it was read. Locks its row. */
function change(table: string): string {
  return `
    UPDATE ${table} AS cron SET ${changes('given', 'given.paused')}
    FROM (SELECT *, date_trunc('minute', now) AS last_slot, now AS updated_at
      FROM ${given}, (SELECT ${now(2)} AS now) AS clock) AS given
    WHERE cron.name = given.name AND cron.xmin::text = $3::text
    RETURNING ${columns}`
}

/** What an entry becomes. Times that it has missed are forgotten when they come by other rules, or while it was paused. */
function changes(next: string, paused: string): string {
  const rules = (of: string) => `(${of}.expression, ${of}.opts ->> 'timezone', ${of}.opts ->> 'dst')`
  const anew = `${rules('cron')} IS DISTINCT FROM ${rules(next)} OR cron.paused OR cron.last_slot IS NULL`

  return `
    expression = ${next}.expression, worker = ${next}.worker, opts = ${next}.opts,
    paused = coalesce(${paused}, cron.paused), updated_at = ${next}.updated_at,
    last_slot = CASE WHEN ${anew} THEN greatest(cron.last_slot, ${next}.last_slot) ELSE cron.last_slot END`
}

/** Pauses or resumes an entry. Locks its row. */
function pause(table: string): string {
  return `
    UPDATE ${table} AS cron SET
      paused = $3::text::boolean, updated_at = now,
      last_slot = CASE WHEN cron.paused THEN greatest(cron.last_slot, date_trunc('minute', now)) ELSE cron.last_slot END
    FROM (SELECT ${now(2)} AS now) AS clock
    WHERE cron.name = $1::text AND cron.last_slot IS NOT NULL
    RETURNING ${columns}`
}

/** Deletes entries. Locks them in the order of their names. */
function remove(table: string, condition: string): string {
  return `
    DELETE FROM ${table} WHERE name IN (
      SELECT name FROM ${table} WHERE ${condition} AND last_slot IS NOT NULL ORDER BY name FOR UPDATE)
    RETURNING name`
}

/**
 * Moves entries on to their slots, each only if it is still what it was when that slot was found for it. Locks the rows it
 * moves, until the jobs are inserted too, and passes over those that another leader has locked.
 */
function claim(table: string): string {
  return `
    WITH due AS (
      SELECT name, version, late, to_timestamp(minute * 60) AT TIME ZONE 'UTC' AS slot
      FROM jsonb_to_recordset($1::text::jsonb) AS due (name text, minute float8, version text, late boolean)
    ), locked AS MATERIALIZED (
      SELECT cron.name, due.slot FROM ${table} AS cron JOIN due ON due.name = cron.name
      WHERE cron.xmin::text = due.version AND NOT cron.paused AND cron.last_slot < due.slot
        AND due.slot <= ${now(2)} AND (due.late OR ${now(2)} < due.slot + interval '1 minute')
      FOR UPDATE OF cron SKIP LOCKED
    )
    UPDATE ${table} AS cron SET last_slot = locked.slot FROM locked WHERE cron.name = locked.name
    RETURNING cron.name`
}
