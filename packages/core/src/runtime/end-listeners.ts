import type { Job } from '../job/job.ts'
import type { Client } from '../layers/client.ts'
import type { AttemptEnd, EndListener } from '../layers/plugin.ts'
import { isPromise } from '../support/promises.ts'
import { telemetry } from '../support/telemetry.ts'

/** Those who want to be told of the end of one attempt. Whoever comes after it is told at once. */
export class EndListeners {
  readonly #job: Job
  readonly #client: Client
  #listeners: EndListener[] | undefined
  #end: AttemptEnd | undefined

  constructor(job: Job, client: Client, end?: AttemptEnd) {
    this.#job = job
    this.#client = client
    this.#end = end
  }

  add(listener: EndListener): void {
    if (this.#end) void this.#call(listener, this.#end)
    else if (this.#listeners) this.#listeners.push(listener)
    else this.#listeners = [listener] // a list that begins empty makes room for seventeen
  }

  /** Tells all of them, the last one first; what comes back resolves when all have resolved, and never rejects: nothing, where all have done at once. */
  tell(end: AttemptEnd): Promise<void> | undefined {
    this.#end = Object.freeze(end)

    return this.#tellFrom((this.#listeners?.length ?? 0) - 1, this.#end)
  }

  /** Waits only for those who give a promise. */
  #tellFrom(last: number, end: AttemptEnd): Promise<void> | undefined {
    for (let place = last; place >= 0; place -= 1) {
      const told = this.#call(this.#listeners?.[place] as EndListener, end)
      if (told) return told.then(() => this.#tellFrom(place - 1, end))
    }

    return undefined
  }

  #call(listener: EndListener, end: AttemptEnd): Promise<void> | undefined {
    try {
      const told = listener(end)

      return isPromise(told) ? Promise.resolve(told).catch((error) => this.#fail(error)) : undefined
    } catch (error) {
      return this.#fail(error)
    }
  }

  #fail(error: unknown): undefined {
    const { name, node } = this.#client
    telemetry({ instance: name, node }).emit('failure', { where: `end of ${this.#job.worker}`, error })
  }
}
