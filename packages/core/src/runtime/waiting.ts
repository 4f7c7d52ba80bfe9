import type { Job } from '../job/job.ts'
import { sleep } from './service.ts'

/** How long a job that was fetched ahead may wait for a slot, in milliseconds. */
const patience = 500

/** The jobs that were fetched and have not begun, in the order in which they will. */
export class Waiting {
  #jobs: readonly Job[] = []
  #begun = 0

  get size(): number {
    return this.#jobs.length - this.#begun
  }

  get ids(): readonly number[] {
    return this.#rest().map(({ id }) => id)
  }

  /** The job whose turn it is. */
  get first(): Job | undefined {
    return this.#jobs[this.#begun]
  }

  add(jobs: readonly Job[]): void {
    this.#become([...this.#rest(), ...jobs])
  }

  /** Takes the job whose turn it is. */
  next(): Job | undefined {
    const job = this.first
    if (job) this.#begun += 1

    return job
  }

  /** Takes the jobs with this id out of turn. */
  take(id: number): readonly Job[] {
    const rest = this.#rest()
    const taken = rest.filter((job) => job.id === id)
    if (taken.length > 0) this.#become(rest.filter((job) => job.id !== id))

    return taken
  }

  takeAll(): readonly Job[] {
    const rest = this.#rest()
    this.#become([])

    return rest
  }

  /** Resolves with true when the first of them has waited for too long, and with false when none waits any more. */
  async stuck(signal: AbortSignal): Promise<boolean> {
    for (let { first } = this; first; first = this.first) {
      await sleep(patience, signal)
      if (first === this.first) return true
    }

    return false
  }

  #rest(): readonly Job[] {
    return this.#jobs.slice(this.#begun)
  }

  #become(jobs: readonly Job[]): void {
    this.#jobs = jobs
    this.#begun = 0
  }
}
