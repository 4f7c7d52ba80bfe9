import type { Database, Listener } from '../engine/database.ts'
import { channelName } from '../engine/names.ts'
import { decodeNotice, type Notice } from '../engine/notice.ts'
import { StaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { pause, retryForever } from './retry.ts'
import { type Loop, loop, type Service, sleep, within } from './service.ts'

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

/** How often the listening connection is asked for a sign of life, and how long it may take, in milliseconds. */
const heartbeat = { every: 10_000, within: 5_000 }

/** What hears for the time being. */
interface Connection {
  readonly listener: Listener
  /** The channels that it listens to, or is about to. */
  readonly channels: Map<string, Promise<void>>
  /** Aborted when it has come to its end. */
  readonly over: AbortSignal
}

/** Hears notices over one connection, and returns to it whenever it is lost. */
export class Notifier implements Service {
  readonly #options: NotifierOptions
  readonly #loop: Loop
  readonly #subscriptions = new Set<Subscription>()
  /** Resolved when the first try has succeeded or failed. */
  #tried = Promise.withResolvers<void>()
  #connection: Connection | undefined
  #failures = 0

  constructor(options: NotifierOptions) {
    this.#options = options
    this.#loop = loop({
      every: () => pause(this.#failures++),
      tick: (signal) => this.#connect(signal),
      onError: (error) => this.#report(error),
    })
  }

  get status(): 'listening' | 'polling' {
    return this.#connection ? 'listening' : 'polling'
  }

  /** Begins to open the connection, before anybody wants to hear. Waits for nothing. */
  open(): void {
    if (this.#options.listen) void this.#loop.start()
  }

  /** Begins to listen; resolves when it does, or when the first try has failed. */
  async start(): Promise<void> {
    if (!this.#options.listen) return
    this.open()
    await this.#tried.promise
    await Promise.allSettled(this.#connection?.channels.values() ?? [])
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#tried = Promise.withResolvers()
  }

  /** Hears a channel from now on, beginning to listen if need be. Returns what ends it. */
  subscribe(subscription: Subscription): () => void {
    this.#subscriptions.add(subscription)
    this.open()
    if (this.#connection) void this.#listenTo(subscription, this.#connection)

    return () => void this.#subscriptions.delete(subscription)
  }

  /** One connection, from its beginning to its end. */
  async #connect(signal: AbortSignal): Promise<void> {
    const lost = Promise.withResolvers<unknown>()
    const onNotice = teller(this.#subscriptions, this.#options)
    const listener = await this.#options.listen?.({ channels: [], onNotice, onLost: lost.resolve })
    if (!listener) return
    const over = new AbortController()
    const connection = { listener, channels: new Map(), over: over.signal }
    this.#connection = connection
    const listening = [...this.#subscriptions].map((subscription) => this.#listenTo(subscription, connection))
    void Promise.all(listening).then(() => this.#listening(connection))

    const error = await Promise.race([lost.promise, silence(listener, signal)])
    this.#connection = undefined
    over.abort()
    await listener.close()
    this.#turn('polling')
    if (!signal.aborted) this.#report(error)
  }

  #listening({ over }: Connection): void {
    if (over.aborted) return
    this.#failures = 0
    this.#turn('listening')
  }

  /** Listens to a channel. When that is refused, tries again for as long as the connection lasts. Never rejects. */
  async #listenTo(subscription: Subscription, connection: Connection): Promise<void> {
    const { channel, onListening } = subscription
    const onError = (error: unknown) => this.#report(error)
    const isFinal = () => !this.#subscriptions.has(subscription)
    const options = { signal: connection.over, onError, isFinal }
    const listens = await retryForever(() => this.#listen(channel, connection), options).then(
      () => true,
      () => false, // nobody wants to hear any more, or nothing is heard: that was told
    )
    if (listens) void tell(channel, () => onListening?.(), this.#options)
  }

  async #listen(channel: string, { listener, channels }: Connection): Promise<void> {
    const name = channelName(this.#options.prefix, channel)
    const listening = channels.get(name) ?? listener.listen(name)
    channels.set(name, listening)
    await listening.catch((error: unknown) => {
      channels.delete(name)
      throw error
    })
  }

  #turn(status: Notifier['status']): void {
    this.#tried.resolve()
    this.#options.telemetry.emit('notifier.switch', { status })
  }

  #report(error: unknown): void {
    this.#tried.resolve()
    this.#options.telemetry.emit('failure', { where: 'notifier', error })
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
    if (notice) for (const { onNotice } of concerned) void tell(channel, () => onNotice(notice), options)
  }
}

/** Calls somebody who listens. What they throw is reported, and is no concern of anybody else. */
async function tell(channel: string, call: () => unknown, { telemetry }: NotifierOptions): Promise<void> {
  try {
    await call()
  } catch (error) {
    telemetry.emit('failure', { where: `listener of ${channel}`, error })
  }
}

/** The content of a notice that is meant for this node; garbage is counted and passed over. */
function read(channel: string, text: string, { ident, telemetry }: NotifierOptions): Notice | undefined {
  try {
    const notice = decodeNotice(text)
    if (!isNotice(notice)) throw new StaffaError('INVALID_OPTION', 'expected an object, got another value')

    return isFor(ident, notice.ident) ? notice : undefined
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
