import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { timed } from '../../../test/behaviour/kit.ts'
import { aLine } from '../../../test/silent-line.ts'
import type { Database } from '../database.ts'
import { statement } from '../names.ts'
import { postgres } from './pg.ts'

const brief = { ...statement('fetch', 'SELECT 1 AS brief'), lane: undefined }
const lengthy = { name: '', text: 'SELECT 1 FROM pg_sleep(1.2)' }

async function pidOf(database: Database): Promise<unknown> {
  return (await database.query({ name: '', text: 'SELECT pg_backend_pid()' }, [])).rows[0]?.[0]
}

async function opened(timeout = 800): Promise<{ readonly database: Database; readonly forget: () => void }> {
  const { url, forget } = await aLine()
  const database = postgres(url, { connections: 2, timeout: { milliseconds: timeout } })
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

  test('is given up sooner where a statement says so, also when others have been heard not long before', async () => {
    const { database, forget } = await opened(50_000)
    await Promise.all([database.query(lengthy, []), database.query(lengthy, [])])
    forget()

    await expect(database.query({ ...brief, within: 300 }, [])).rejects.toThrow('300 ms')
    expect((await database.query({ ...brief, within: 5_000 }, [])).rows).toEqual([['1']])
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

test('what a statement says of its time is not said for the next one on its connection', async () => {
  const database = postgres(inject('databaseUrl'), { connections: 1, timeout: { seconds: 5 } })
  onTestFinished(() => database.close())
  const pid = await pidOf(database)
  await database.query({ ...brief, within: 400 }, [])

  expect((await database.query({ ...brief, text: lengthy.text, name: '' }, [])).rows).toEqual([['1']])
  expect(await pidOf(database)).toBe(pid)
})

test('an answer that came while the process was busy is read before the line counts as silent', async () => {
  const { database } = await opened()
  const answer = database.query({ ...brief, name: '', text: 'SELECT 1 FROM pg_sleep(0.3)' }, [])
  await sleep(100)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)

  expect((await answer).rows).toEqual([['1']])
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
