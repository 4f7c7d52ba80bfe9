import { setImmediate } from 'node:timers/promises'
import type { Fetched } from '../engine/engine.ts'
import type { Claims } from './claims.ts'
import { Horizon, sight } from './horizon.ts'
import type { ProducerTools } from './producer-tools.ts'
import { pause } from './retry.ts'
import { sleep } from './service.ts'

export type { Fetched } from '../engine/engine.ts'

type Tools = Pick<ProducerTools, 'engine' | 'client' | 'fetching' | 'telemetry'>

/** Whom a fetcher fetches for. */
export interface Fetching {
  readonly queue: string
  readonly uuid: string
  readonly claims: Claims
  /** How many jobs there is room for. */
  readonly room: () => number
  /** The jobs that are claimed, so far as is known. */
  readonly known: () => readonly number[]
  /** Milliseconds between two fetches. */
  readonly cooldown: () => number
  /** Takes what a fetch has brought, and how long that took in milliseconds. Where there is more, the next goes out at once. */
  readonly take: (fetched: Fetched, elapsed: number) => void
  readonly signal: AbortSignal
}

/** Asks for jobs while there may be some and there is room for them: one fetch after another, never two at once. */
export class Fetcher {
  readonly #for: Fetching
  readonly #tools: Tools
  readonly #horizon = new Horizon()
  #wanted = false
  #lookingAgain = false
  #pumping: Promise<void> | undefined
  /** In a row. */
  #failures = 0

  constructor(fetching: Fetching, tools: Tools) {
    this.#for = fetching
    this.#tools = tools
  }

  /** Says that there may be something to fetch. */
  nudge(): void {
    this.#wanted = true
    this.#pumping ??= this.#pump()
  }

  /** The same, for when there is room. */
  want(): void {
    this.#wanted = true
  }

  /** Asks again when there was more than there was room for. */
  refill(): void {
    if (this.#wanted && !this.#pumping && this.#hasRoom()) this.nudge()
  }

  /** Whether many jobs come, so that a job that waits is found in a moment though nobody tells of it. */
  get aware(): boolean {
    return this.#horizon.isNear(performance.now())
  }

  /** Resolves when no fetch is under way. */
  async idle(): Promise<void> {
    await this.#pumping
  }

  /** Tells of a failure after which something may be claimed that nobody here knows of. */
  fail(error: unknown): void {
    this.#failures += 1
    this.#tools.telemetry.emit('failure', { where: `producer ${this.#for.queue}`, error })
    this.#for.claims.doubt()
  }

  async #pump(): Promise<void> {
    await undefined // several nudges of one turn are one
    while (this.#hasWork()) {
      const before = this.#failures
      await this.#turn()
      if (this.#failures === before) this.#failures = 0
      const rest = this.#failures > 0 ? pause(this.#failures) : this.#for.cooldown()
      if (rest > 0) await sleep(rest, this.#for.signal)
    }
    this.#pumping = undefined
  }

  #hasRoom(): boolean {
    return this.#for.room() > 0
  }

  #hasWork(): boolean {
    return (this.#wanted && this.#hasRoom()) || (this.#for.claims.uncertain && !this.#for.signal.aborted)
  }

  async #turn(): Promise<void> {
    const { claims, uuid, known } = this.#for
    try {
      await claims.reconcile(this.#tools.engine, uuid, known)
      const asked = performance.now()
      if (!this.#wanted || !this.#hasRoom()) return
      const isAll = await this.#tools.fetching(() => this.#fetch(asked))
      if (isAll) await setImmediate() // what was brought begins first, before the server wants the processor again
    } catch (error) {
      this.#wanted = true
      this.fail(error)
    }
  }

  /** Tells whether there is no more, so far as is known. */
  async #fetch(asked: number): Promise<boolean> {
    const limit = this.#for.room()
    if (limit === 0) return true
    const { engine, client } = this.#tools
    const { queue, uuid, take } = this.#for
    const from = this.#horizon.from(asked)
    this.#wanted = false
    const fetched = await engine.fetchJobs({ queue, limit, node: client.node, producer: uuid, from })
    this.#horizon.learn({ at: asked, fetched })
    const isAll = fetched.count < limit
    if (!isAll) this.#wanted = true
    else if (from) this.#lookAgain()
    take(fetched, performance.now() - asked)

    return isAll
  }

  /** After a fetch that has left something out comes one that has not, though nobody asks for it. */
  #lookAgain(): void {
    if (this.#lookingAgain) return
    this.#lookingAgain = true
    setTimeout(() => {
      this.#lookingAgain = false
      this.nudge()
    }, sight).unref()
  }
}
