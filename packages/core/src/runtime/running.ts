import type { StaffaError } from '../support/errors.ts'
import type { Attempt } from './executor.ts'

/** The attempts that run on a queue. One job may be among them twice: when an old attempt of it cannot be ended. */
export class Running {
  readonly #attempts = new Set<Attempt>()
  #idle = Promise.withResolvers<void>()

  get size(): number {
    return this.#attempts.size
  }

  get ids(): readonly number[] {
    return [...this.#attempts].map(({ job }) => job.id)
  }

  add(attempt: Attempt): void {
    this.#attempts.add(attempt)
  }

  remove(attempt: Attempt): void {
    this.#attempts.delete(attempt)
    if (this.#attempts.size === 0) this.#idle.resolve()
  }

  /** Ends the attempts at a job early; tells whether there were any. */
  abort(id: number, reason: StaffaError): boolean {
    const attempts = [...this.#attempts].filter(({ job }) => job.id === id)
    for (const attempt of attempts) attempt.abort(reason)

    return attempts.length > 0
  }

  abortAll(reason: StaffaError): void {
    for (const attempt of this.#attempts) attempt.abort(reason)
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.#attempts.size === 0) return
    this.#idle = Promise.withResolvers<void>()
    await this.#idle.promise
  }
}
