import type { Engine } from '../engine/engine.ts'
import type { JobChanges, JobFilter, ListOptions } from '../engine/filter.ts'
import type { Job } from '../job/job.ts'
import { normalizeTags } from '../lifecycle/describe.ts'
import { storable } from '../lifecycle/storable.ts'
import { checkInstant, checkInteger, checkName, validateJobOptions } from '../lifecycle/validate.ts'
import type { Changer } from '../runtime/changer.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import { checkChoice, checkFilter } from './filter.ts'

type Choice = number | JobFilter

/** Reads and changes jobs that are stored. By id, a method gives the job; by filter, how many there were. */
export class Jobs {
  readonly #engine: Engine
  readonly #changer: Changer

  constructor(engine: Engine, changer: Changer) {
    this.#engine = engine
    this.#changer = changer
  }

  /** The job with this id, or undefined. */
  async get(id: number): Promise<Job | undefined> {
    checkInteger(id, 'id', { from: 1 })

    return this.#engine.getJob(id)
  }

  /** Jobs that fit the filter, the newest first; at most 100, unless `limit` says otherwise. */
  async list(options: ListOptions = {}): Promise<readonly Job[]> {
    const filter = checkFilter(options, 'jobs.list()', ['limit', 'before'])
    const { limit = 100, before } = options
    checkInteger(limit, 'limit', { from: 1 })
    if (before !== undefined) checkInteger(before, 'before', { from: 1 })

    return this.#engine.listJobs({ ...filter, limit, before })
  }

  /** How many jobs fit the filter. Reads each of them: on big tables ask for something narrow. */
  async count(filter: JobFilter = {}): Promise<number> {
    return this.#engine.countJobs(checkFilter(filter, 'jobs.count()'))
  }

  /**
   * Cancels jobs that have not ended. One that runs has its signal aborted, on whichever node it runs, and is
   * cancelled even if its function does not heed it. By id: the job, cancelled or as it had ended before.
   */
  cancel(id: number): Promise<Job | undefined>
  cancel(filter: JobFilter): Promise<number>
  cancel(choice: Choice): Promise<Job | undefined | number> {
    return this.#change(choice, 'cancel')
  }

  /**
   * Makes jobs available at once, with at least one attempt left and no deadline that has passed; those that are
   * available or executing stay as they are. By id: the job.
   */
  retry(id: number): Promise<Job | undefined>
  retry(filter: JobFilter): Promise<number>
  retry(choice: Choice): Promise<Job | undefined | number> {
    return this.#change(choice, 'retry')
  }

  /** Deletes jobs that do not run. By id: the job that was deleted, or undefined. */
  delete(id: number): Promise<Job | undefined>
  delete(filter: JobFilter): Promise<number>
  async delete(choice: Choice): Promise<Job | undefined | number> {
    const deleted = await this.#changer.delete(toFilter(choice, 'jobs.delete()'))

    return typeof choice === 'number' ? deleted[0] : deleted.length
  }

  /** Changes fields of stored jobs; their layers are not asked. By id: the job, or undefined. */
  update(id: number, changes: JobChanges): Promise<Job | undefined>
  update(filter: JobFilter, changes: JobChanges): Promise<number>
  async update(choice: Choice, changes: JobChanges): Promise<Job | undefined | number> {
    const filter = toFilter(choice, 'jobs.update()')
    const updated = await this.#engine.updateJobs(filter, checkChanges(changes))

    return typeof choice === 'number' ? updated[0] : updated.length
  }

  async #change(choice: Choice, verb: 'cancel' | 'retry'): Promise<Job | undefined | number> {
    const changed = await this.#changer[verb](toFilter(choice, `jobs.${verb}()`))
    if (typeof choice !== 'number') return changed.length

    return changed[0] ?? this.#engine.getJob(choice)
  }
}

function toFilter(choice: Choice, verb: string): JobFilter {
  return checkChoice(typeof choice === 'number' ? { id: choice } : choice, verb)
}

function checkChanges(changes: JobChanges): JobChanges {
  if (typeof changes !== 'object' || changes === null) {
    throw expected('the changes of jobs.update()', 'an object', changes)
  }
  const { args, meta, tags, worker, scheduledAt, ...rest } = changes
  rejectUnknown('jobs.update()', rest, ['queue', 'priority', 'maxAttempts'])
  validateJobOptions({ ...rest, tags }, 'jobs.update()')
  if (worker !== undefined) checkName(worker, 'worker')
  if (scheduledAt !== undefined) checkInstant(scheduledAt, 'scheduledAt')

  return {
    ...rest,
    worker,
    scheduledAt,
    args: args === undefined ? undefined : storable(args, 'args'),
    meta: meta === undefined ? undefined : storable(meta, 'meta'),
    tags: tags && normalizeTags(tags),
  }
}
