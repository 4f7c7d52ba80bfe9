import type { Engine } from '../engine/engine.ts'
import type { Job } from '../job/job.ts'

/** Fetched, and the end not yet written: whatever else is executing under a producer's name was lost on the way. */
export class Claims {
  readonly #jobs = new Map<number, Job>()
  #uncertain = false
  #doubted = false

  get size(): number {
    return this.#jobs.size
  }

  /** Whether there may be jobs that were claimed, and that nobody here knows of. */
  get uncertain(): boolean {
    return this.#uncertain
  }

  /** A fetch had no answer. */
  doubt(): void {
    this.#uncertain = true
    this.#doubted = true
  }

  /** What a fetch without an answer asked for may reach the database at any time after; tells whether there was one. */
  doubtAgain(): boolean {
    this.#uncertain = this.#doubted

    return this.#doubted
  }

  /** Gives back what is executing under a producer's name and was lost on the way. No fetch may be under way. */
  async reconcile(engine: Engine, producer: string): Promise<void> {
    if (!this.#uncertain) return
    await engine.releaseJobs({ producer, except: [...this.#jobs.keys()] })
    this.#uncertain = false
  }

  take(jobs: readonly Job[]): void {
    for (const job of jobs) this.#jobs.set(job.id, job)
  }

  /** By the time that an end is known to be written, the job may have been fetched again: then it stays. */
  drop(job: Job): void {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id)
  }
}
