import pg from 'pg'
import { newJob, Staffa } from '../../../src/index.ts'

/** Inserts the same unique job in every way there is, all at once; says which job each of them got. */
async function main([url = '', prefix = '']: readonly string[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 6 })
  const job = newJob('send', { to: 'ann' }, { unique: { period: 'infinity' } })
  const instances = Array.from({ length: 10 }, () => new Staffa({ database: pool, prefix }))

  process.send?.('ready')
  await new Promise((resolve) => process.once('message', resolve))
  const inserted = await Promise.all(
    instances.flatMap((staffa) => [
      staffa.insert(job),
      staffa.insert(job),
      staffa.insertAll([newJob('other', {}), job]).then(([, met]) => met),
      staffa.insertAll([job]).then(([met]) => met),
      inTransaction(pool, async (transaction) => staffa.insert(job, { transaction })),
    ]),
  )
  process.send?.(inserted.map((got) => [got?.id, got?.conflict]))
  await pool.end()
  process.disconnect?.()
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')

    return result
  } finally {
    client.release()
  }
}

await main(process.argv.slice(2))
