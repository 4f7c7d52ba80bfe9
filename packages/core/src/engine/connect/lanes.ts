import type { PgClient, PgPool } from './pg-pool.ts'

/** For how long a connection waits for the next statement of its kind while there are others, in milliseconds. */
const patience = 1_000

/** After how long it is closed, as the pool closes one that is idle: a firewall may have forgotten it. */
const longest = 10_000

/** A connection that waits. */
interface Idle {
  readonly client: PgClient
  readonly since: number
  /** Ends the wait: the connection is no longer anybody's here. */
  readonly leave: () => void
}

/** Whoever lends connections. */
export interface Lender {
  /** A connection, for a kind of statements or for anything. */
  connect(lane?: string): Promise<PgClient>
  /** Takes it back; one on which something has failed is not lent again. */
  release(client: PgClient, options: { readonly lane: string | undefined; readonly failed: Error | undefined }): void
}

/**
 * Lends a connection of a pool's to each of the busiest kinds of statements again and again: its session has their plans,
 * and the pages of the tables that they touch. The pool would lend what came back last, and so, after whatever runs
 * beside them now and then, a session that knows nothing: a fetch of 5 ms takes 25 on it. The pool has back what has
 * waited for a second when the next statement of any kind comes, or closes it when that was ten seconds.
 */
export class Lanes implements Lender {
  readonly #pool: PgPool
  readonly #now: () => number
  readonly #idle = new Map<string, Idle>()
  #closed = false

  constructor(pool: PgPool, now = () => performance.now()) {
    this.#pool = pool
    this.#now = now
  }

  /** The lane's own, if it is free, and another lane's before anybody has to wait. */
  readonly connect: Lender['connect'] = async (lane) => {
    this.#giveUp(({ since }) => this.#now() - since >= patience)
    const idle = this.#idleFor(lane)
    idle?.leave()

    return idle?.client ?? this.#pool.connect()
  }

  readonly release: Lender['release'] = (client, { lane, failed }) => {
    const isFree = lane !== undefined && !this.#idle.has(lane) && !this.#closed && !this.#pool.waitingCount
    if (isFree && !failed) this.#wait(lane, client)
    else client.release(failed)
  }

  /** Gives the pool what waits, now and from now on. */
  close(): void {
    this.#closed = true
    this.#giveUp(() => true)
  }

  #giveUp(which: (idle: Idle) => boolean): void {
    for (const { client, since, leave } of [...this.#idle.values()].filter(which)) {
      leave()
      client.release(this.#now() - since >= longest)
    }
  }

  #idleFor(lane: string | undefined): Idle | undefined {
    const own = lane === undefined ? undefined : this.#idle.get(lane)
    const { totalCount = 0, idleCount = 0, options } = this.#pool
    const isExhausted = idleCount === 0 && totalCount >= (options?.max ?? 10)

    return own ?? (isExhausted ? this.#idle.values().next().value : undefined)
  }

  #wait(lane: string, client: PgClient): void {
    const lose = (error?: Error) => {
      leave()
      client.release(error ?? true)
    }
    const leave = () => {
      client.off('error', lose)
      client.off('end', lose)
      this.#idle.delete(lane)
    }
    client.on('error', lose)
    client.on('end', lose)
    this.#idle.set(lane, { client, since: this.#now(), leave })
  }
}
