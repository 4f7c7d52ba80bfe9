import { PGlite, type Transaction } from '@electric-sql/pglite'
import { onTelemetry, Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { jobLogger } from './job-logger.ts'
import { reporting } from './reporting.ts'
import { inRequest, requestContext, requestId } from './request-context.ts'
import { tenant } from './tenant.ts'
import { transactional } from './transactional.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

// The accounts and the jobs are in one database: that is what lets one transaction hold both.
const database = await PGlite.create()
await database.exec(`
  CREATE TABLE accounts (name text PRIMARY KEY, amount int);
  INSERT INTO accounts VALUES ('ann', 100), ('bob', 0);
`)

const transfer = worker({ name: 'transfer', backoff: () => ({ milliseconds: 10 }) })
  .typed<{ from: string; to: string; amount: number }>()
  .use(requestContext)
  .use(tenant(() => 'acme'))
  .use(jobLogger)
  .use(reporting((error, job) => say(`reported: ${(error as Error).message}, in attempt ${job.attempt}`)))
  .use(transactional<Transaction>((work) => database.transaction(work)))
  .process(async ({ args, job, logger, tenant, trx }) => {
    logger.info({ request: requestId() }, `a transfer of ${tenant}`)
    await trx.query('UPDATE accounts SET amount = amount - $1 WHERE name = $2', [args.amount, args.from])
    if (job.attempt === 1) throw new Error('the line is dead')
    await trx.query('UPDATE accounts SET amount = amount + $1 WHERE name = $2', [args.amount, args.to])
  })

const staffa = new Staffa({
  database: pglite(database),
  queues: { default: 1 },
  workers: [transfer],
  stager: { interval: { milliseconds: 50 } },
  logger: { debug: print, info: print, warn: print, error: print },
})
await staffa.migrate()

const done = new Promise<void>((resolve) => onTelemetry('job.stop', () => resolve()))
const failed = new Promise<void>((resolve) => onTelemetry('job.exception', () => resolve()))

// A request inserts a job, and is answered. The job runs later, and still knows the request.
const job = await inRequest({ id: 'request-7' }, () =>
  staffa.insert(transfer.new({ from: 'ann', to: 'bob', amount: 30 })),
)
await staffa.start()

// The first attempt takes the money and fails: its transaction gives it back.
await failed
await showAccounts('after the first attempt')

// The second succeeds: the money, and the end of the job, are in one transaction.
await done
await showAccounts('after the second')
say(`job ${job.id} is ${(await staffa.jobs.get(job.id))?.state}`)
await staffa.stop()
await database.close()

async function showAccounts(when: string): Promise<void> {
  const { rows } = await database.query<{ name: string; amount: number }>('SELECT * FROM accounts ORDER BY name')
  say(`${when}: ${rows.map(({ name, amount }) => `${name} has ${amount}`).join(', ')}`)
}

function print(fields: object, message?: string): void {
  say(`logged: ${message ?? ''} ${JSON.stringify(fields)}`)
}
