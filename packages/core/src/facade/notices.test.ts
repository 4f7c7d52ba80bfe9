import { testStaffa } from '@staffa/testing'
import { describe, expect, inject, it } from 'vitest'
import type { Client } from '../layers/client.ts'

describe.each([
  ['PGlite', () => undefined],
  ['PostgreSQL', () => inject('databaseUrl')],
])('notices on %s', { timeout: 30_000 }, (_, database) => {
  it('reach whoever listens to the channel, without starting', async () => {
    await using staffa = await testStaffa({ database: database() })
    const { heard, listening } = listen(staffa, 'tea')
    await listening

    await staffa.notify('coffee', { sugar: 1 })
    await staffa.notify('tea', { milk: true })

    expect(await heard.next()).toEqual({ milk: true })
  })

  it('arrive only if the transaction commits', async () => {
    await using staffa = await testStaffa({ database: database() })
    const { heard, listening } = listen(staffa, 'tea')
    await listening
    const send = (cup: number, fail: boolean) =>
      staffa.database.kysely.transaction().execute(async (transaction) => {
        await staffa.notify('tea', { cup }, { transaction })
        if (fail) throw new Error('rolled back')
      })

    await expect(send(1, true)).rejects.toThrow('rolled back')
    await send(2, false)

    expect(await heard.next()).toEqual({ cup: 2 })
  })

  it('are whole when they are large', async () => {
    await using staffa = await testStaffa({ database: database() })
    const { heard, listening } = listen(staffa, 'tea')
    await listening
    const leaves = 'leaf '.repeat(2_000)
    await staffa.notify('tea', { leaves })

    expect(await heard.next()).toEqual({ leaves })
  })

  it('reach all who begin to listen at one moment, each on a channel of its own', async () => {
    await using staffa = await testStaffa({ database: database() })
    const listeners = ['tea', 'coffee', 'milk'].map((channel) => ({ channel, ...listen(staffa, channel) }))
    await Promise.all(listeners.map(({ listening }) => listening))

    for (const { channel, heard } of listeners) {
      await staffa.notify(channel, { channel })
      expect(await heard.next()).toEqual({ channel })
    }
  })

  it('reach those who begin to listen later, who are told when they are heard', async () => {
    await using staffa = await testStaffa({ database: database() })
    await listen(staffa, 'tea').listening
    const [same, other] = [listen(staffa, 'tea'), listen(staffa, 'coffee')]
    await Promise.all([same.listening, other.listening])
    await staffa.notify('tea', { cup: 1 })
    await staffa.notify('coffee', { cup: 2 })

    expect(await same.heard.next()).toEqual({ cup: 1 })
    expect(await other.heard.next()).toEqual({ cup: 2 })
  })

  it('are heard once by those who listen again', async () => {
    await using staffa = await testStaffa({ database: database() })
    const before = listen(staffa, 'tea')
    await before.listening
    before.end()
    const { heard, listening } = listen(staffa, 'tea')
    await listening
    await staffa.notify('tea', { cup: 1 })
    await staffa.notify('tea', { cup: 2 })

    expect([await heard.next(), await heard.next()]).toEqual([{ cup: 1 }, { cup: 2 }])
  })

  it('are not listened to any more by an instance that has stopped', async () => {
    await using staffa = await testStaffa({ database: database() })
    await staffa.stop()

    expect(() => staffa.listen('tea', () => {})).toThrow('got a stopped one')
  })

  it('are no longer heard once listening has ended', async () => {
    await using staffa = await testStaffa({ database: database() })
    const [first, second] = [listen(staffa, 'tea'), listen(staffa, 'tea')]
    await Promise.all([first.listening, second.listening])
    first.end()
    await staffa.notify('tea', { cup: 1 })

    expect(await second.heard.next()).toEqual({ cup: 1 })
    expect(first.heard.size).toBe(0)
  })
})

/** Listens, and keeps what is heard until somebody asks for it. */
function listen(client: Client, channel: string) {
  const began = Promise.withResolvers<void>()
  const kept: object[] = []
  let waiting = Promise.withResolvers<void>()
  const hear = (notice: object) => {
    kept.push(notice)
    waiting.resolve()
  }
  const end = client.listen(channel, hear, () => began.resolve())
  const next = async () => {
    while (kept.length === 0) await waiting.promise
    waiting = Promise.withResolvers()

    return kept.shift()
  }

  return {
    end,
    listening: began.promise,
    heard: {
      next,
      get size() {
        return kept.length
      },
    },
  }
}
