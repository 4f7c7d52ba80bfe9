// A program with an embedded database: inserts jobs and does them, until it is killed or told to come to an end.
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Staffa } from '@staffa/core'
import type { Database, Value } from '@staffa/core/internal'
import { pglite } from '@staffa/pglite'
import { silent } from '../ledger/line.ts'
import { Recorder } from '../ledger/recorder.ts'
import { openQuery, watchTables } from '../ledger/tables.ts'
import { type Application, workersOf } from '../node/workers.ts'
import { randomOf } from '../random.ts'
import type { ProgramOrder } from './protocol.ts'

const [{ directory, node, file, seed }] = (await once(process, 'message')) as [ProgramOrder]
const random = randomOf(seed)
const recorder = new Recorder(file)
recorder.listen()
recorder.watchStalls()
const database = pglite(directory)
const sql = (text: string) => database.query({ name: '', text }, [])
const workers = workersOf({ application: applicationOn(database), schema: 'public', node })
const { newer: _, ...known } = workers
let open = true

const staffa = new Staffa({
  database,
  node,
  logger: silent,
  queues: { default: { limit: 8 } },
  workers: Object.values(known) as [],
  use: [recorder.layer()],
  stager: { interval: { milliseconds: 200 } },
})

process.once('disconnect', () => process.exit())
process.once('message', () => {
  open = false
})

await staffa.migrate()
const { rows } = await sql(`SELECT to_regclass('public.changes')`)
if (rows[0]?.[0] === null) for (const statement of split(watchTables('public'))) await sql(statement)
await sql(`SET application_name = '${node}'`)
await staffa.start()
process.send?.('ready')
flushCompileCache() // whoever is killed writes nothing at its end

for (let inserted = 0; open; inserted += 1) {
  await insert(`${node}-${inserted}`)
  await sleep(random.between(0, 10))
}
while (Number((await sql(openQuery('public'))).rows[0]?.[0]) > 0) await sleep(50)
await staffa.stop()
process.disconnect()

async function insert(key: string): Promise<void> {
  const worker = random.pick([workers.note, workers.exact, workers.settled, workers.flaky, workers.only])
  const args = { key, work: random.between(1, 5), subject: `subject-${random.between(1, 12)}` }
  recorder.write({ kind: 'inserting', key })
  const { id, conflict } = await staffa.insert(worker.new(args))
  recorder.write({ kind: 'inserted', key, id, conflict })
}

function applicationOn(database: Database): Application {
  return {
    query: (text, values) => database.query({ name: '', text }, values as readonly Value[]),
    transaction: (work) =>
      database.transaction((held) =>
        work({
          query: async (text, values = []) => (await held.query({ name: '', text }, values as Value[])) as never,
        }),
      ),
  }
}

/** The embedded database takes one statement at a time; a function's body holds semicolons of its own. */
function split(text: string): readonly string[] {
  return text.split(/;\n\n?(?=\s*CREATE)/)
}
