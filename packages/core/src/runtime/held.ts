import type { Job } from '../job/job.ts'
import type { StaffaError } from '../support/errors.ts'
import { Running } from './running.ts'
import { Waiting } from './waiting.ts'

/** What a queue has claimed: the jobs that wait for a slot, and the attempts that run. */
export class Held {
  readonly waiting = new Waiting()
  readonly running = new Running()

  get ids(): readonly number[] {
    return [...this.running.ids, ...this.waiting.ids]
  }

  /** Of those, the ones whose attempts have not ended. */
  get claimed(): readonly number[] {
    return [...this.running.unended, ...this.waiting.ids]
  }

  /** How many slots would be filled if everything ran. */
  get size(): number {
    return this.running.size + this.waiting.size
  }

  /** Takes jobs that have just been claimed. What is here by an earlier claim of them has lost it: tells how many waited. */
  claim(jobs: readonly Job[]): number {
    const ids = new Set(jobs.map(({ id }) => id))
    const lost = this.waiting.take(ids)
    this.running.displace(ids)
    this.waiting.add(jobs)

    return lost.length
  }

  /** Ends the attempts at a job early, and takes it out where it waits; tells whether there was anything to end. */
  abort(id: number, reason: StaffaError, unbegun: (job: Job) => void): boolean {
    const taken = this.waiting.take(new Set([id]))
    taken.forEach(unbegun)

    return this.running.abort(id, reason) || taken.length > 0
  }
}
