import type { Job } from '../job/job.ts'
import type { Client } from '../layers/client.ts'
import type { AttemptEnd, EndListener } from '../layers/plugin.ts'
import { telemetry } from '../support/telemetry.ts'

/** Those who want to be told of the end of one attempt. Whoever comes after it is told at once. */
export class EndListeners {
  readonly #job: Job
  readonly #client: Client
  #listeners: readonly EndListener[] = none
  #end: AttemptEnd | undefined

  constructor(job: Job, client: Client, end?: AttemptEnd) {
    this.#job = job
    this.#client = client
    this.#end = end
  }

  add(listener: EndListener): void {
    if (this.#end) void this.#call(listener, this.#end)
    else this.#listeners = [...this.#listeners, listener]
  }

  /** Tells all of them, the last one first; what comes back resolves when all have resolved, and never rejects. */
  tell(end: AttemptEnd): Promise<void> | undefined {
    this.#end = Object.freeze(end)

    return this.#listeners === none ? undefined : this.#tellAll(this.#end)
  }

  async #tellAll(end: AttemptEnd): Promise<void> {
    for (const listener of this.#listeners.toReversed()) await this.#call(listener, end)
  }

  async #call(listener: EndListener, end: AttemptEnd): Promise<void> {
    try {
      await listener(end)
    } catch (error) {
      const { name, node } = this.#client
      telemetry({ instance: name, node }).emit('failure', { where: `end of ${this.#job.worker}`, error })
    }
  }
}

const none: readonly EndListener[] = Object.freeze([])
