import type { NewJob } from '../job/job.ts'
import { fingerprint } from '../lifecycle/fingerprint.ts'
import { storable } from '../lifecycle/storable.ts'
import { expected } from '../support/errors.ts'
import { transform } from './compose.ts'
import type { AnyPlugin } from './plugin.ts'
import { workerOf } from './worker.ts'

/** Takes a described job through its insert-time layers: what comes out is what will be stored. */
export async function prepare(job: NewJob, use: readonly AnyPlugin[]): Promise<NewJob> {
  if (!isDescribed(job)) throw expected('the job', 'one that worker.new() or newJob() made', typeof job)
  const own = workerOf(job)?.stack ?? []
  if (own.length === 0 && use.length === 0) return sealed(job)
  const stack = [...use, ...own]
  const transformed = await transform(stack, job)

  return sealed(checked(job, transformed), stack)
}

/** Args may be secret: of what is no job nothing is shown. */
function isDescribed(job: unknown): job is NewJob {
  if (typeof job !== 'object' || job === null) return false
  const { worker, queue, args, meta } = job as Readonly<Record<string, unknown>>

  return typeof worker === 'string' && typeof queue === 'string' && typeof args === 'object' && typeof meta === 'object'
}

/** What a layer made is checked as what a caller gives. */
function checked(before: NewJob, after: NewJob): NewJob {
  const args = after.args === before.args ? after.args : storable(after.args, 'args')
  const meta = after.meta === before.meta ? after.meta : storable(after.meta, 'meta')

  return Object.freeze({ ...after, args, meta })
}

function sealed(job: NewJob, stack: readonly AnyPlugin[] = []): NewJob {
  const settles = stack.some((plugin) => plugin.settle)
  const mark = job.unique ? (job.fingerprint ?? fingerprint(job)) : undefined
  if (!settles && mark === undefined) return job
  const marks = { ...(settles && { settles: true }), ...(mark !== undefined && { fingerprint: mark }) }

  return Object.freeze({ ...job, meta: Object.freeze({ ...job.meta, ...marks }), fingerprint: mark })
}
