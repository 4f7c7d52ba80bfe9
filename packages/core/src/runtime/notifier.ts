import type { Database, Listener } from '../engine/database.ts'
import { channelName } from '../engine/names.ts'
import { decodeNotice, type Notice } from '../engine/notice.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { pause } from './retry.ts'
import { loop, type Service, sleep, within } from './service.ts'

export interface NotifierOptions {
  /** Opens the connection; undefined where notices don't work. */
  readonly listen: Database['listen']
  readonly prefix: string
  /** What notices to this node alone carry as `ident`. */
  readonly ident: string
  readonly telemetry: Telemetry
}

/** Somebody who wants to hear. */
export interface Subscription {
  readonly channel: string
  readonly onNotice: (notice: Notice) => void
  /** Called when listening begins, also again after it was interrupted: something may have been missed. */
  readonly onListening?: (() => void) | undefined
}

export interface Notifier extends Service {
  readonly status: 'listening' | 'polling'
  /** Hears a channel from now on, beginning to listen if need be. Returns what ends it. */
  subscribe(subscription: Subscription): () => void
}

/** How often the listening connection is asked for a sign of life, and how long it may take, in milliseconds. */
const heartbeat = { every: 10_000, within: 5_000 }

/** Hears notices over one connection, and returns to it whenever it is lost. */
export function notifier(options: NotifierOptions): Notifier {
  const { listen, prefix, telemetry } = options
  const subscriptions = new Set<Subscription>()
  let listener: Listener | undefined
  let failures = 0

  const report = (error: unknown) => telemetry.emit('failure', { where: 'notifier', error })
  const turn = (status: Notifier['status']) => telemetry.emit('notifier.switch', { status })
  const wireNames = () => new Set([...subscriptions].map(({ channel }) => channelName(prefix, channel)))
  const onNotice = teller(subscriptions, options)

  /** One connection, from its beginning to its end. */
  async function tick(signal: AbortSignal): Promise<void> {
    const lost = Promise.withResolvers<unknown>()
    const opened = await listen?.({ channels: [...wireNames()], onNotice, onLost: lost.resolve })
    if (!opened) return
    failures = 0
    listener = opened
    turn('listening')
    for (const { onListening } of subscriptions) onListening?.()

    const error = await Promise.race([lost.promise, silence(opened, signal)])
    listener = undefined
    await opened.close()
    turn('polling')
    if (!signal.aborted) report(error)
  }

  const { start, stop, wake } = loop({ every: () => pause(failures++), tick, onError: report })
  const begin = () => (listen ? start() : undefined)

  return {
    get status() {
      return listener ? 'listening' : 'polling'
    },
    start: begin,
    stop,
    subscribe: (subscription) => {
      const known = wireNames()
      const name = channelName(prefix, subscription.channel)
      subscriptions.add(subscription)
      begin()
      if (!known.has(name)) listener?.listen(name).then(() => subscription.onListening?.(), report)
      wake()

      return () => void subscriptions.delete(subscription)
    },
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

/** Hands a notice to everybody who wants to hear its channel. */
function teller(subscriptions: ReadonlySet<Subscription>, options: NotifierOptions) {
  return (wireName: string, text: string): void => {
    const channel = wireName.slice(channelName(options.prefix, '').length)
    const notice = read(channel, text, options)
    const concerned = [...subscriptions].filter((subscription) => subscription.channel === channel)
    if (notice) for (const { onNotice } of concerned) onNotice(notice)
  }
}

/** The content of a notice that is meant for this node; garbage is counted and passed over. */
function read(channel: string, text: string, { ident, telemetry }: NotifierOptions): Notice | undefined {
  try {
    const notice = decodeNotice(text)

    return isNotice(notice) && isFor(ident, notice.ident) ? notice : undefined
  } catch (error) {
    telemetry.emit('notifier.garbage', { channel, reason: error instanceof Error ? error.message : String(error) })

    return undefined
  }
}

function isNotice(value: unknown): value is Notice {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFor(own: string, ident: unknown): boolean {
  return ident === undefined || ident === null || ident === 'any' || ident === own
}
