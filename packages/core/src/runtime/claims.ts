import type { Job } from '../job/job.ts'

/** Fetched, and the end not yet written: whatever else is executing under a producer's name was lost on the way. */
export class Claims {
  readonly #jobs = new Map<number, Job>()

  get size(): number {
    return this.#jobs.size
  }

  get ids(): readonly number[] {
    return [...this.#jobs.keys()]
  }

  take(jobs: readonly Job[]): void {
    for (const job of jobs) this.#jobs.set(job.id, job)
  }

  /** By the time that an end is known to be written, the job may have been fetched again: then it stays. */
  drop(job: Job): void {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id)
  }
}
