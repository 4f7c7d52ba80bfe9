import type { Database, Listener } from '../engine/database.ts'
import { channelName } from '../engine/names.ts'
import { decodeNotice } from '../engine/notice.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { pause } from './retry.ts'
import { loop, type Service, sleep, within } from './service.ts'

/** A notice's content: always an object, never trusted. */
export type Notice = Readonly<Record<string, unknown>>

export interface NotifierOptions {
  /** Opens the connection; undefined where notices don't work. */
  readonly listen: Database['listen']
  readonly prefix: string
  /** What notices to this node alone carry as `ident`. */
  readonly ident: string
  readonly telemetry: Telemetry
  /** What to do with a notice, by channel. */
  readonly handlers: Readonly<Record<string, (notice: Notice) => void>>
  /** Called when listening begins, also again after it was interrupted: something may have been missed. */
  readonly onListening: () => void
}

export interface Notifier extends Service {
  readonly status: 'listening' | 'polling'
}

/** How often the listening connection is asked for a sign of life, and how long it may take, in milliseconds. */
const heartbeat = { every: 10_000, within: 5_000 }

/** Hears notices over one connection, and returns to it whenever it is lost. */
export function notifier(options: NotifierOptions): Notifier {
  const { listen, telemetry } = options
  const channels = new Map(Object.keys(options.handlers).map((name) => [channelName(options.prefix, name), name]))
  let status: Notifier['status'] = 'polling'
  let failures = 0

  const turn = (next: Notifier['status']) => {
    status = next
    telemetry.emit('notifier.switch', { status })
  }
  const report = (error: unknown) => telemetry.emit('failure', { where: 'notifier', error })

  /** One connection, from its beginning to its end. */
  async function tick(signal: AbortSignal): Promise<void> {
    const lost = Promise.withResolvers<unknown>()
    const onNotice = (channel: string, text: string) => hear(channels.get(channel) ?? channel, text, options)
    const listener = await listen?.({ channels: [...channels.keys()], onNotice, onLost: lost.resolve })
    if (!listener) return
    failures = 0
    turn('listening')
    options.onListening()

    const error = await Promise.race([lost.promise, silence(listener, signal)])
    await listener.close()
    turn('polling')
    if (!signal.aborted) report(error)
  }

  const { start, stop } = loop({ every: () => pause(failures++), tick, onError: report })

  return {
    get status() {
      return status
    },
    start: () => (listen ? start() : undefined),
    stop,
  }
}

/** Resolves when the connection gives no sign of life in time, or when the signal is aborted. */
async function silence(listener: Listener, signal: AbortSignal): Promise<unknown> {
  while (!signal.aborted) {
    await sleep(heartbeat.every, signal)
    const alive = signal.aborted || (await within(heartbeat.within, listener.ping()).catch(() => false))
    if (!alive) break
  }

  return new Error('the connection that listens gave no sign of life')
}

function hear(channel: string, text: string, { ident, handlers, telemetry }: NotifierOptions): void {
  try {
    const notice = decodeNotice(text)
    if (isNotice(notice) && isFor(ident, notice.ident)) handlers[channel]?.(notice)
  } catch (error) {
    telemetry.emit('notifier.garbage', { channel, reason: error instanceof Error ? error.message : String(error) })
  }
}

function isNotice(value: unknown): value is Notice {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFor(own: string, ident: unknown): boolean {
  return ident === undefined || ident === null || ident === 'any' || ident === own
}
