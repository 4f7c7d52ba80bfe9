import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { timed } from '../../../test/behaviour/kit.ts'
import type { Database } from '../database.ts'
import { statement } from '../names.ts'
import { postgres } from './pg.ts'

/** A line to the server that can fall silent: bytes go nowhere from then on, and nobody is told. */
async function aLine() {
  const sockets = new Set<Socket>()
  const forgotten = new Set<Socket>()
  const carry = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (chunk) => forgotten.has(from) || to.write(chunk))
    from.on('error', () => {}).on('close', () => forgotten.has(from) || to.destroy())
  }
  const real = new URL(inject('databaseUrl'))
  const server = createServer((client) => {
    const session = connect(Number(real.port || 5432), real.hostname)
    carry(client, session)
    carry(session, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(real)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const forget = () => {
    for (const socket of sockets) forgotten.add(socket)
  }

  return { url: url.href, forget }
}

const brief = { ...statement('fetch', 'SELECT 1 AS brief'), lane: undefined }
const lengthy = { name: '', text: 'SELECT 1 FROM pg_sleep(1.2)' }

async function pidOf(database: Database): Promise<unknown> {
  return (await database.query({ name: '', text: 'SELECT pg_backend_pid()' }, [])).rows[0]?.[0]
}

async function opened(): Promise<{ readonly database: Database; readonly forget: () => void }> {
  const { url, forget } = await aLine()
  const database = postgres(url, { connections: 2, timeout: { milliseconds: 800 } })
  onTestFinished(() => database.close())
  await database.query(brief, [])

  return { database, forget }
}

describe('a connection that falls silent', () => {
  test('is given up with the statement that waits for an answer, and another is opened', async () => {
    const { database, forget } = await opened()
    forget()

    await expect(database.query(brief, [])).rejects.toThrow('timeout')
    expect((await database.query(brief, [])).rows).toEqual([['1']])
  })

  test('is enough to distrust those that have not been heard since', async () => {
    const { database, forget } = await opened()
    await Promise.all([database.query(lengthy, []), database.query(lengthy, [])])
    forget()

    await expect(database.query(brief, [])).rejects.toThrow('timeout')
    expect((await database.query(brief, [])).rows).toEqual([['1']])
  })

  test('does not cost another that is heard meanwhile', async () => {
    const { database, forget } = await opened()
    const forgotten = Promise.withResolvers<void>()
    const silent = database.transaction(async (transaction) => {
      forget()
      forgotten.resolve()
      await transaction.query(brief, [])
    })
    await forgotten.promise
    const fresh = await pidOf(database)

    await expect(silent).rejects.toThrow('timeout')
    expect(await pidOf(database)).toBe(fresh)
  })

  test(
    'ends a transaction with its first statement that is not answered, without waiting for others',
    timed,
    async () => {
      const { database, forget } = await opened()
      let refused = 0
      const work = database.transaction(async (transaction) => {
        await transaction.query(brief, [])
        forget()
        await transaction.query(brief, []).catch(() => {})
        refused = performance.now()
        await transaction.query(brief, [])
      })

      await expect(work).rejects.toThrow('timeout')
      expect(performance.now() - refused).toBeLessThan(700) // another wait for an answer takes longer
      expect((await database.query(brief, [])).rows).toEqual([['1']])
    },
  )
})

test('a connection that does not open is given up as soon as one that falls silent', { timeout: 8_000 }, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const database = postgres(`postgres://postgres@127.0.0.1:${port}/postgres`, { timeout: { milliseconds: 300 } })
  onTestFinished(() => database.close())

  await expect(database.query(brief, [])).rejects.toThrow('timeout')
  await expect(database.transaction((transaction) => transaction.query(brief, []))).rejects.toThrow('timeout')
})

test('who waits for a turn may wait for longer', async () => {
  const database = postgres(inject('databaseUrl'), { connections: 1, timeout: { milliseconds: 800 } })
  onTestFinished(() => database.close())
  const first = database.query(lengthy, [])

  expect((await database.query(brief, [])).rows).toEqual([['1']])
  await first
})

test('a statement that may take long is waited for', async () => {
  const { database } = await opened()

  expect((await database.query(lengthy, [])).rows).toEqual([['1']])
  expect((await database.query(statement('cancel', lengthy.text), [])).rows).toEqual([['1']])
})

test('longer than any timer can count is as long as it can', async () => {
  const database = postgres(inject('databaseUrl'), { timeout: { days: 100 } })
  onTestFinished(() => database.close())

  expect((await database.transaction((transaction) => transaction.query(brief, []))).rows).toEqual([['1']])
})

test('the server does not keep the locks of a transaction for ever whose client has fallen silent', async () => {
  const { database } = await opened()
  const show = { name: '', text: 'SHOW idle_in_transaction_session_timeout' }

  expect((await database.transaction((transaction) => transaction.query(show, []))).rows).toEqual([['800ms']])
  expect((await database.query(show, [])).rows).toEqual([['0']])
})
