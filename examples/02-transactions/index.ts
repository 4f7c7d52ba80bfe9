import { PGlite } from '@electric-sql/pglite'
import { Staffa, worker } from '@staffa/core'
import { pglite } from '@staffa/pglite'
import { Kysely, PGliteDialect } from 'kysely'

interface Tables {
  readonly orders: { readonly id: number; readonly item: string }
}

// One database for the application and its jobs: that is what lets a transaction hold both.
const database = await PGlite.create()
const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: database }) })

const shipped = Promise.withResolvers<void>()
const shipOrder = worker({ name: 'ship-order' })
  .typed<{ orderId: number }>()
  .process(async ({ args }) => {
    const order = await kysely.selectFrom('orders').selectAll().where('id', '=', args.orderId).executeTakeFirstOrThrow()
    process.stdout.write(`shipped the ${order.item} of order ${order.id}\n`)
    shipped.resolve()
  })

const staffa = new Staffa({ database: pglite(database), queues: { default: 5 }, workers: [shipOrder] })
await staffa.migrate()
await kysely.schema.createTable('orders').addColumn('id', 'integer').addColumn('item', 'text').execute()

// Both or neither: the job exists if and only if the order does.
await kysely.transaction().execute(async (trx) => {
  await trx.insertInto('orders').values({ id: 1, item: 'lamp' }).execute()
  await staffa.insert(shipOrder.new({ orderId: 1 }), { transaction: trx })
})

// Neither: the payment fails, so there is no order, and no job that would look for it.
const refused = await kysely
  .transaction()
  .execute(async (trx) => {
    await trx.insertInto('orders').values({ id: 2, item: 'sofa' }).execute()
    await staffa.insert(shipOrder.new({ orderId: 2 }), { transaction: trx })
    throw new Error('the card was refused')
  })
  .catch((error: Error) => error.message)
process.stdout.write(`rolled back: ${refused}\n`)

// Anything with query(text, values) will do, such as PGlite's own transactions, or a pg client.
await database.transaction(async (transaction) => {
  await transaction.query('INSERT INTO orders (id, item) VALUES (3, $1)', ['chair'])
  const job = await staffa.insert(shipOrder.new({ orderId: 3 }, { scheduleIn: { hours: 1 } }), { transaction })
  process.stdout.write(`order 3 will be shipped ${job.state === 'scheduled' ? 'in an hour' : 'at once'}\n`)
})

await staffa.start()
await shipped.promise
const jobs = await staffa.jobs.list({ worker: shipOrder.name })
process.stdout.write(`jobs for orders ${jobs.map(({ args }) => args.orderId).join(' and ')}, none for order 2\n`)
await staffa.stop()
await database.close()
