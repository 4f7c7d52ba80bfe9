import type { Listener, ListenOptions } from '../database.ts'
import { quoted } from '../names.ts'
import type { PgPool } from './pg-pool.ts'

/** Keeps a connection of the pool's to listen on. */
export async function listenOn(pool: PgPool, { channels, onNotice, onLost }: ListenOptions): Promise<Listener> {
  const client = await pool.connect()
  let open = true
  let last: Promise<unknown> = Promise.resolve()
  /** One statement after another: a client takes no second one while the first is under way. */
  const ask = async (text: string): Promise<void> => {
    const asked = last.then(() => client.query({ text }))
    last = asked.catch(() => {}) // whoever asked is told
    await asked
  }
  const lose = (error?: Error) => {
    if (!open) return
    open = false
    client.release(error ?? new Error('the connection that listened has ended'))
    onLost(error)
  }
  client.on('notification', ({ channel, payload }: { channel: string; payload?: string }) =>
    onNotice(channel, payload ?? ''),
  )
  client.on('error', lose)
  client.on('end', lose)

  try {
    for (const channel of channels) await ask(`LISTEN ${quoted(channel)}`)
  } catch (error) {
    lose(error as Error)
    throw error
  }

  return {
    listen: (channel) => ask(`LISTEN ${quoted(channel)}`),
    ping: () => ask('SELECT 1'),
    close: async () => {
      if (!open) return
      open = false
      client.release(true)
    },
  }
}
