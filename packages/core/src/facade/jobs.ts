import type { Engine } from '../engine/engine.ts'
import type { ListOptions } from '../engine/filter.ts'
import type { Job } from '../job/job.ts'
import { checkInteger } from '../lifecycle/validate.ts'
import { rejectUnknown } from '../support/errors.ts'

const filterNames: readonly string[] = ['id', 'state', 'queue', 'worker', 'priority', 'tags', 'args', 'meta']

/** Reads and changes jobs that are stored. */
export class Jobs {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The job with this id, or undefined. */
  async get(id: number): Promise<Job | undefined> {
    checkInteger(id, 'id', { from: 1 })

    return this.#engine.getJob(id)
  }

  /** Jobs that fit the filter, the newest first; at most 100, unless `limit` says otherwise. */
  async list(options: ListOptions = {}): Promise<readonly Job[]> {
    rejectUnknown('jobs.list()', options, [...filterNames, 'limit', 'before'])
    checkInteger(options.limit ?? 100, 'limit', { from: 1 })

    return this.#engine.listJobs(options)
  }
}
