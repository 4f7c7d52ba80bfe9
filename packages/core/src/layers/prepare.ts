import type { NewJob } from '../job/job.ts'
import type { JsonObject } from '../job/json.ts'
import { fingerprint } from '../lifecycle/fingerprint.ts'
import { checkFingerprint, redescribe } from '../lifecycle/redescribe.ts'
import { storable } from '../lifecycle/storable.ts'
import { expected } from '../support/errors.ts'
import { isPromise, whenReady } from '../support/promises.ts'
import { marking, sharing } from '../support/sharing.ts'
import { transform } from './compose.ts'
import type { AnyPlugin } from './plugin.ts'
import { workerOf } from './worker.ts'

/**
 * Takes a described job through its insert-time layers: what comes out is what will be stored. Jobs that were described are
 * frozen; any other is by hand, or a copy of one with changes, and is checked from head to foot.
 */
export async function prepare(given: NewJob, use: readonly AnyPlugin[]): Promise<NewJob> {
  return prepared(given, use)
}

/** The same for many jobs; throws the first error once all have come to their end. */
export async function prepareAll(jobs: Iterable<NewJob>, use: readonly AnyPlugin[]): Promise<readonly NewJob[]> {
  const begun = [...jobs].map((job) => begin(job, use))

  return begun.some(isPromise) ? Promise.all(begun) : (begun as readonly NewJob[])
}

/** An error must not leave the other jobs of a list alone with theirs. */
function begin(job: NewJob, use: readonly AnyPlugin[]): NewJob | Promise<NewJob> {
  try {
    return prepared(job, use)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A promise only where a layer gives one: most know at once. */
function prepared(given: NewJob, use: readonly AnyPlugin[]): NewJob | Promise<NewJob> {
  if (!isDescribed(given)) throw expected('the job', 'one that worker.new() or newJob() made', typeof given)
  const job = Object.isFrozen(given) ? given : redescribe(given)
  const own = workerOf(job)?.stack ?? []
  if (own.length === 0 && use.length === 0) return sealed(job)
  const stack = use.length > 0 ? [...use, ...own] : own

  return whenReady(transform(stack, job), (made) => sealed(checked(job, made), stack))
}

/** Args may be secret: of what is no job nothing is shown. */
function isDescribed(job: unknown): job is NewJob {
  if (typeof job !== 'object' || job === null) return false
  const { worker, queue, args, meta } = job as Readonly<Record<string, unknown>>
  const isThere = (value: unknown) => typeof value === 'object' && value !== null

  return typeof worker === 'string' && typeof queue === 'string' && isThere(args) && isThere(meta)
}

/** What a layer made is checked as what a caller gives. */
function checked(before: NewJob, after: NewJob): NewJob {
  if (after === before) return before
  const args = after.args === before.args ? after.args : storable(after.args, 'args')
  const meta = after.meta === before.meta ? after.meta : storableMeta(after.meta)

  return Object.freeze({ ...after, args, meta })
}

const storableMeta = sharing((meta: JsonObject) => storable(meta, 'meta'), isConstant)
const settling = marking('settles')

/** Frozen, with nothing inside that may not be. */
function isConstant(meta: JsonObject): boolean {
  return Object.isFrozen(meta) && !Object.values(meta).some((value) => typeof value === 'object' && value !== null)
}

function sealed(job: NewJob, stack: readonly AnyPlugin[] = []): NewJob {
  const settles = stack.some((plugin) => plugin.settle)
  const mark = job.unique ? (job.fingerprint ?? fingerprint(job)) : undefined
  if (mark !== undefined) checkFingerprint(mark)
  if (!settles && mark === undefined) return job
  if (mark === undefined) return Object.freeze({ ...job, meta: settling(job.meta), fingerprint: undefined })
  const marks = { ...(settles && { settles: true }), fingerprint: mark }

  return Object.freeze({ ...job, meta: Object.freeze({ ...job.meta, ...marks }), fingerprint: mark })
}
