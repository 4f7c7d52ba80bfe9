import { isPromise } from '../../support/promises.ts'
import type { Rows, Statement, Value } from '../database.ts'
import type { Answer, PgClient } from './pg-pool.ts'
import { inTime } from './silence.ts'
import { TextQuery } from './text-query.ts'

/** How statements are sent. */
export interface Manner {
  readonly prepare: boolean
  /** Milliseconds. */
  readonly timeout: number
  /** Whether the driver is the one that is known here, and not what a caller has wrapped. */
  readonly known: boolean
}

interface Asked {
  readonly statement: Statement
  readonly values: readonly Value[]
  readonly manner: Manner
}

/** Asks one statement on a connection. */
export function ask(client: PgClient, { statement, values, manner }: Asked): Promise<Rows> {
  const { timeout } = manner
  const { brief, within = timeout } = statement
  const send = (limit?: object) => answered(client, configOf({ statement, values, manner }, limit))

  return brief ? inTime(client, Math.min(within, timeout), send) : send()
}

/** What has no parameters goes by the simple protocol, which is the driver's. */
function configOf({ statement: { name, text, kept }, values, manner: { prepare, known } }: Asked, limit?: object) {
  const asked = { ...(prepare && kept && { name }), text, values }
  const isExtended = asked.name !== undefined || values.length > 0

  return known && isExtended ? new TextQuery(asked, limit) : { ...asked, ...limit, rowMode: 'array', types }
}

/**
 * A promise of our own. What the driver's would refer to keeps rows alive that nobody has any more, until the collector
 * goes over the whole heap: it would take as long as the jobs do.
 */
function answered(client: PgClient, config: object): Promise<Rows> {
  return new Promise((resolve, reject) => {
    const asked: unknown = client.query(config, (error, answer) => (error ? reject(error) : resolve(toRows(answer))))
    if (isPromise(asked)) asked.then((answer) => resolve(toRows(answer as Answer)), reject) // what wraps a client may know no callbacks
  })
}

/** Rows come as arrays of text: parsing is the engine's, so that no driver's settings can change what a job is. */
const types = { getTypeParser: () => asText }

function asText(value: string): string {
  return value
}

/** Of several statements in one text, the last one's. */
function toRows(answer: Answer | readonly Answer[]): Rows {
  const { rows, rowCount } = [answer].flat().at(-1) as Answer

  return { rows: rows as unknown[][], count: rowCount ?? rows.length }
}
