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
  /** What a hole has swallowed, in order. */
  readonly held: (() => void)[]
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
      for (const deliver of connection.held.splice(0)) if (end === 'delivered') deliver()
    }
  }

  /** Drops every connection, both ways. */
  drop(): void {
    for (const connection of this.#connections) cut(connection)
  }

  /**
   * Ends every connection one way: one side is told that the other has no more to say, and the other is told nothing. Resolves
   * when the nodes have found all of them out.
   */
  async halfClose(direction: Direction): Promise<void> {
    const found = [...this.#connections].map(({ client }) => untilLeft(client))
    for (const connection of this.#connections) {
      if (direction === 'to server') connection.server.end()
      else connection.client.end()
      connection.forgotten = true
    }
    await Promise.all(found)
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
    const { client, server } = connection
    const [from, to] = direction === 'to server' ? [client, server] : [server, client]
    let before = Promise.resolve()
    const pass = (deliver: () => void) => {
      const { delay } = { delay: 0, ...this.#weather }
      // Whatever the weather becomes, bytes do not overtake each other.
      before = Promise.all([before, sleep(delay)]).then(() => this.#pass(connection, direction, deliver))
    }
    from.setNoDelay(true)
    from.on('data', (chunk) => pass(() => to.writable && to.write(chunk)))
    from.on('end', () => pass(() => to.end()))
    from.on('error', () => pass(() => to.destroy()))
    from.on('close', () => {
      if (client.destroyed && server.destroyed) this.#connections.delete(connection)
    })
  }

  #pass({ forgotten, held }: Connection, direction: Direction, deliver: () => void): void {
    const weather = this.#weather
    if (forgotten) return
    if (weather.kind === 'hole' && weather.directions.includes(direction)) held.push(deliver)
    else deliver()
  }
}

function cut({ client, server }: Connection): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}

/** Resolves when the other end has left, in order or not. */
function untilLeft(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readableEnded || socket.destroyed) return resolve()
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
}
