import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Which way bytes go. */
export type Direction = 'to server' | 'to client'

/** What the line between node and server does to bytes. */
export type Weather =
  /** Everything goes through. */
  | { readonly kind: 'clear' }
  /** Everything goes through so many milliseconds late. */
  | { readonly kind: 'slow'; readonly delay: number }
  /** Nothing goes through one way or both; nobody is told. New connections are taken, and get no answer either. */
  | { readonly kind: 'hole'; readonly directions: readonly Direction[] }

/** How a hole ends for the connections that were in it. */
export type HoleEnd =
  /** What was held back arrives late, as when a cable is plugged in again. */
  | 'delivered'
  /** They are reset, as by a firewall that has forgotten them and says so. */
  | 'reset'
  /** They stay silent for ever, as behind a firewall that has forgotten them and says nothing. */
  | 'forgotten'

interface Connection {
  readonly client: Socket
  readonly server: Socket
  readonly held: { readonly to: Socket; readonly chunk: Buffer }[]
  forgotten: boolean
}

/** A line between nodes and a server, with weather. */
export class Line implements AsyncDisposable {
  readonly url: string
  readonly #listening: Server
  readonly #connections = new Set<Connection>()
  #weather: Weather = { kind: 'clear' }

  private constructor(listening: Server, url: string) {
    this.#listening = listening
    this.url = url
  }

  /** Opens a line to the server of a URL. */
  static async open(url: string): Promise<Line> {
    const listening = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const own = new URL(url)
    own.port = String((listening.address() as AddressInfo).port)
    const line = new Line(listening, own.href)
    listening.on('connection', (client) => line.#join(client, Number(new URL(url).port)))

    return line
  }

  get size(): number {
    return this.#connections.size
  }

  /** Changes what happens to bytes from now on. */
  turn(weather: Weather): void {
    this.#weather = weather
  }

  /** Ends a hole. */
  clear(end: HoleEnd): void {
    this.#weather = { kind: 'clear' }
    for (const connection of this.#connections) {
      if (end === 'reset') cut(connection)
      if (end === 'forgotten') connection.forgotten = true
      const held = connection.held.splice(0)
      if (end === 'delivered') for (const { to, chunk } of held) if (!to.destroyed) to.write(chunk)
      if (!connection.forgotten && (connection.client.destroyed || connection.server.destroyed)) cut(connection)
    }
  }

  /** Drops every connection, both ways. */
  drop(): void {
    for (const connection of this.#connections) cut(connection)
  }

  /** Ends every connection one way: one side is told that the other has no more to say, and the other is told nothing. */
  halfClose(direction: Direction): void {
    for (const connection of this.#connections) {
      if (direction === 'to server') connection.server.end()
      else connection.client.end()
      connection.forgotten = true
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop()
    this.#listening.close()
    await once(this.#listening, 'close')
  }

  #join(client: Socket, port: number): void {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const connection: Connection = { client, server, held: [], forgotten: false }
    this.#connections.add(connection)
    this.#carry(connection, 'to server')
    this.#carry(connection, 'to client')
  }

  #carry(connection: Connection, direction: Direction): void {
    const [from, to] =
      direction === 'to server' ? [connection.client, connection.server] : [connection.server, connection.client]
    let before = Promise.resolve()
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      const { delay } = { delay: 0, ...this.#weather }
      // Whatever the weather becomes, bytes do not overtake each other.
      before = Promise.all([before, sleep(delay)]).then(() => this.#pass(connection, { chunk, direction, to }))
    })
    from.on('error', () => cut(connection)).on('close', () => this.#leave(connection))
    from.on('end', () => {
      if (!connection.forgotten && this.#weather.kind !== 'hole') void before.then(() => to.end())
    })
  }

  #pass(connection: Connection, { chunk, direction, to }: { chunk: Buffer; direction: Direction; to: Socket }): void {
    const weather = this.#weather
    if (connection.forgotten || to.destroyed || !to.writable) return
    if (weather.kind === 'hole' && weather.directions.includes(direction)) connection.held.push({ to, chunk })
    else to.write(chunk)
  }

  /** In bad weather the end of one side is not seen by the other. */
  #leave(connection: Connection): void {
    if (connection.client.destroyed && connection.server.destroyed) this.#connections.delete(connection)
    else if (!connection.forgotten && this.#weather.kind !== 'hole') cut(connection)
  }
}

function cut({ client, server }: Connection): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}
