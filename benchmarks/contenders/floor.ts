import { Staffa } from '@staffa/core'
import pg from 'pg'
import { type Args, type Client, type Contender, type Place, queueOf, type WorkOptions } from './contender.ts'
import { keepText } from './staffa.ts'
import { openWatcher } from './watcher.ts'

/** As many rows as a fetch, an ack or an insert has. */
const batch = 1_000

/** What PostgreSQL does when nothing but the statements is left: the same table, and no framework. */
export const floor: Contender = {
  name: 'floor',
  settings: `raw \`pg\`, the same rows, batches of ${batch.toLocaleString('en')}, fetching and acknowledging on two connections`,
  kind: 'floor',
  store: 'postgres',
  open,
}

const fetchText = `
  UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_at = timezone('UTC', now()), attempted_by = $3
  WHERE id = ANY (ARRAY(
    SELECT id FROM oban_jobs WHERE state = 'available' AND queue = $1
    ORDER BY priority, scheduled_at, id LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING id, args, meta, worker, attempt, max_attempts, priority, scheduled_at`

const ackText = `UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now()) WHERE id = ANY ($1::bigint[])`

const insertText = `
  INSERT INTO oban_jobs (queue, worker, args)
  SELECT queue, 'bench', args FROM jsonb_to_recordset($1::jsonb) AS job (queue text, args jsonb)`

const asText = { getTypeParser: () => (value: string) => value }

function open(place: Place): Client {
  const pool = new pg.Pool({ connectionString: place.url, max: 10 })
  const watcher = openWatcher(place.url)
  const run = (name: string, text: string) => async (values: readonly unknown[]) => {
    const { rows } = await pool.query({ name, text, values: [...values], rowMode: 'array', types: asText } as never)

    return rows as unknown as string[][]
  }
  const fetch = run('fetch', fetchText)
  const ack = run('ack', ackText)
  const insert = run('insert', insertText)
  const record = (args: Args) => ({ queue: queueOf(place, args), args })
  let stopping = false
  let working: Promise<unknown> = Promise.resolve()

  async function workOff(queue: string, handle: WorkOptions['handle']): Promise<void> {
    let acking: Promise<unknown> = Promise.resolve()
    for (let idle = false; !stopping && !idle; ) {
      const rows = await fetch([queue, batch, ['floor', 'bench']])
      for (const row of rows) handle(JSON.parse(row[1] as string))
      await acking
      if (rows.length > 0) acking = ack([rows.map(([id]) => id)])
      idle = rows.length === 0
    }
    await acking
  }

  return {
    prepare: async () => {
      await using app = new Staffa({ database: place.url })
      await app.migrate()
    },
    insert: (args) => insert([JSON.stringify([record(args)])]),
    insertAll: (list) => insert([JSON.stringify(list.map(record))]),
    work: async ({ handle }) => {
      working = Promise.all(place.queues.map((queue) => workOff(queue, handle)))
    },
    keep: (count) => pool.query(keepText, [count]),
    unfinished: watcher.unfinished,
    stop: async () => {
      stopping = true
      await working
      await Promise.all([pool.end(), watcher.pool.end()])
    },
  }
}
