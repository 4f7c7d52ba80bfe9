import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Command, StopMode } from './protocol.ts'

/** A PostgreSQL server that survives what is done to it: its data outlive it, on a disk that is synced. */
export class Server implements AsyncDisposable {
  readonly url: string
  readonly #keeper: Keeper

  private constructor(keeper: Keeper, url: string) {
    this.#keeper = keeper
    this.url = url
  }

  /** Makes a cluster and starts its server. */
  static async create(): Promise<Server> {
    const keeper = await Keeper.fork()
    await keeper.ask({ action: 'create' })

    return new Server(keeper, await keeper.ask({ action: 'start' }))
  }

  /** Stops it; resolves when it is gone, and connections are refused. */
  async stop(how: StopMode): Promise<void> {
    await this.#keeper.ask({ action: 'stop', how })
  }

  /** Starts it again, on the same port and the same data. */
  async start(): Promise<void> {
    await this.#keeper.ask({ action: 'start' })
  }

  /** Lets no file grow beyond so many bytes; undefined for as large as they like. On Linux alone. */
  async fillDisk(bytes: number | undefined): Promise<void> {
    await this.#keeper.ask({ action: 'fill', bytes })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper.end()
  }
}

/** The process that owns the server: it cleans up however this one ends. */
class Keeper {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, PromiseWithResolvers<string>>()
  #last = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ id, value, error }: Answer) => {
      const asked = this.#asked.get(id)
      this.#asked.delete(id)
      if (error === undefined) asked?.resolve(value ?? '')
      else asked?.reject(new Error(error))
    })
  }

  static async fork(): Promise<Keeper> {
    const child = fork(fileURLToPath(new URL('./keeper.ts', import.meta.url)), {
      cwd: '/',
      detached: true,
      stdio: 'inherit',
    })
    await once(child, 'message')

    return new Keeper(child)
  }

  ask(command: Command): Promise<string> {
    const asked = Promise.withResolvers<string>()
    this.#last += 1
    this.#asked.set(this.#last, asked)
    this.#child.send({ id: this.#last, command })

    return asked.promise
  }

  async end(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}
