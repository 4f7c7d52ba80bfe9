import type { ProducerRow } from '../engine.ts'
import { statement } from '../names.ts'
import { instant, now, run, type Tools, texts } from './tools.ts'

/** Says that these producers live, inserting the rows of those that are new; gives back the new or forgotten ones. */
export function beatProducers(tools: Tools) {
  const beat = statement(
    'beat',
    `INSERT INTO ${tools.names.producers} AS producer (uuid, name, node, queue, meta, started_at, updated_at)
     SELECT uuid, name, node, queue, meta, now, now
     FROM jsonb_to_recordset($1::text::jsonb) AS given (uuid uuid, name text, node text, queue text, meta jsonb),
       (SELECT ${now(2)} AS now) AS clock
     ON CONFLICT (uuid) DO UPDATE SET updated_at = excluded.updated_at, meta = excluded.meta
     RETURNING uuid::text, (xmax = 0)::text`, // no transaction has replaced it: the row is new,
  )

  return async (rows: readonly ProducerRow[]): Promise<readonly string[]> => {
    if (rows.length === 0) return []
    const beaten = await run(tools, beat, { values: [JSON.stringify(rows), instant(tools)] })

    return beaten.filter(([, isNew]) => isNew === 'true').map(([uuid]) => String(uuid))
  }
}

/** Removes the rows of producers that have stopped, with nothing left running. */
export function forgetProducers(tools: Tools) {
  const forget = statement('forget', `DELETE FROM ${tools.names.producers} WHERE uuid::text = ANY ($1::text::text[])`)

  return async (uuids: readonly string[]): Promise<void> => {
    if (uuids.length > 0) await run(tools, forget, { values: [texts(uuids)] })
  }
}
