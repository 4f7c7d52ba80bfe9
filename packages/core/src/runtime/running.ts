import { StaffaError } from '../support/errors.ts'
import type { Attempt } from './executor.ts'

/** The attempts that run on a queue. One job may be among them twice: when an old attempt of it cannot be ended. */
export class Running {
  readonly #byJob = new Map<number, readonly Attempt[]>()
  #size = 0
  #idle = Promise.withResolvers<void>()

  get size(): number {
    return this.#size
  }

  get ids(): readonly number[] {
    return [...this.#byJob].flatMap(([id, attempts]) => attempts.map(() => id))
  }

  add(attempt: Attempt): void {
    const { id } = attempt.job
    this.#byJob.set(id, [...this.#at(id), attempt])
    this.#size += 1
  }

  remove(attempt: Attempt): void {
    const { id } = attempt.job
    const others = this.#at(id).filter((other) => other !== attempt)
    if (others.length > 0) this.#byJob.set(id, others)
    else this.#byJob.delete(id)
    this.#size -= 1
    if (this.#size === 0) this.#idle.resolve()
  }

  /** Ends the attempts at a job early; tells whether there were any. */
  abort(id: number, reason: StaffaError): boolean {
    const attempts = this.#at(id)
    for (const attempt of attempts) attempt.abort(reason)

    return attempts.length > 0
  }

  /** Ends attempts at a job that has been fetched again: they have lost it. */
  displace(id: number): void {
    if (this.#byJob.has(id)) this.abort(id, new StaffaError('LOST', `job ${id} was taken from its attempt`))
  }

  abortAll(reason: StaffaError): void {
    for (const attempts of this.#byJob.values()) for (const attempt of attempts) attempt.abort(reason)
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.#size === 0) return
    this.#idle = Promise.withResolvers<void>()
    await this.#idle.promise
  }

  #at(id: number): readonly Attempt[] {
    return this.#byJob.get(id) ?? none
  }
}

const none: readonly Attempt[] = Object.freeze([])
