import type { NewJob } from '../job/job.ts'
import { isJobState } from '../job/state.ts'
import { expected } from '../support/errors.ts'
import { resolveReplace } from './replace.ts'
import { isStorable, storable } from './storable.ts'
import { resolveUnique } from './unique.ts'
import { checkInstant, checkInteger, checkName, checkTags } from './validate.ts'

/** Checks a job that is not as `new()` made it, and freezes it: what is in the table must be readable by every node. */
export function redescribe(job: NewJob): NewJob {
  const { worker, queue, args, meta, tags, priority, maxAttempts, state, scheduledAt, fingerprint, replace } = job
  checkName(worker, "the job's worker")
  checkName(queue, "the job's queue")
  checkTags(tags)
  checkInteger(priority, "the job's priority", { from: 0, to: 9 })
  checkInteger(maxAttempts, "the job's maxAttempts", { from: 1, to: 32_767 })
  if (state !== undefined && !isJobState(state)) throw expected("the job's state", 'the name of a state', state)
  if (scheduledAt !== undefined) checkInstant(scheduledAt, "the job's scheduledAt")
  checkSpan(job.delay, 'delay')
  checkSpan(job.deadline, 'deadline')
  if (fingerprint !== undefined) checkFingerprint(fingerprint)
  const unique = uniqueOf(job)

  return Object.freeze({
    ...job,
    args: storable(args, 'args'),
    meta: storable(meta, 'meta'),
    tags: Object.freeze([...tags]),
    unique,
    replace: resolveReplace(replace),
  })
}

/** It stands in the job's meta, and other programs may read it there. */
export function checkFingerprint(fingerprint: unknown): void {
  const isText = typeof fingerprint === 'string' && fingerprint !== '' && isStorable(fingerprint)
  if (isText && fingerprint.length <= 128) return

  throw expected("the job's fingerprint", 'text of 1 to 128 characters', typeof fingerprint)
}

/** Milliseconds: at most so many that a timestamp can be that far away. */
function checkSpan(milliseconds: unknown, name: 'delay' | 'deadline'): void {
  if (milliseconds === undefined) return
  const fits = typeof milliseconds === 'number' && Math.abs(milliseconds) <= 8_640_000_000_000
  if (!fits) throw expected(`the job's ${name}`, 'a number of milliseconds', milliseconds)
}

/** It is complete already; a period is in milliseconds, and none is for ever. */
function uniqueOf({ unique }: NewJob): NewJob['unique'] {
  if (unique === undefined) return undefined
  if (typeof unique !== 'object' || unique === null) throw expected('unique', 'an object', unique)
  const { period } = unique

  return resolveUnique({ ...unique, period: period === undefined ? 'infinity' : { milliseconds: period } })
}
