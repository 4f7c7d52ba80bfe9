import type { NewJob } from '../job/job.ts'
import { isOutcome, type Outcome } from '../job/outcome.ts'
import { StaffaError } from '../support/errors.ts'
import { isPromise, promised, whenReady } from '../support/promises.ts'
import type { AnyPlugin, JobContext } from './plugin.ts'
import type { Protection } from './protection.ts'

/** What runs an attempt: a worker's function, or a whole stack around it. */
export type Handler = (context: JobContext) => Promise<Outcome>

/** Down the stack: database → first layer → … → last layer → handler. */
export function compose(stack: readonly AnyPlugin[], handler: Handler): Handler {
  const layers = stack.filter((plugin) => plugin.execute || plugin.protect)
  if (layers.length === 0) return handler

  const checks = layers.map((layer) => (outcome: unknown) => checked(outcome, layer))

  return (context) => {
    let reached = -1

    function dispatch(depth: number, current: JobContext): Promise<Outcome> {
      if (depth <= reached) return Promise.reject(calledTwice(layers[depth - 1]))
      reached = depth
      try {
        const layer = layers[depth]
        if (!layer) return handler(current)
        let inner: Promise<Outcome> | undefined
        const next = (adds?: object) => {
          inner = dispatch(depth + 1, inside(layer, current, adds))
          inner.catch(ignore) // the layer may wait for it later, or not at all: the process must not end of it

          return inner
        }
        if (!layer.execute) return next()
        const outcome: unknown = layer.execute(current, next as never)

        return outcome === inner && inner ? inner : Promise.resolve(outcome).then(checks[depth])
      } catch (error) {
        return Promise.reject(error)
      }
    }

    return dispatch(0, context)
  }
}

function ignore(): void {}

/** The context for the layers inside one: with what it adds, and sealing by it what they store. */
function inside({ protect }: AnyPlugin, context: JobContext, adds: object | undefined): JobContext {
  if (protect) return Object.freeze({ ...context, ...adds, seal: sealing(protect, context) })

  return adds ? Object.freeze({ ...context, ...adds }) : context
}

/** Seals by this layer, and then by those around it. */
function sealing(protect: Protection, { job, seal }: JobContext): JobContext['seal'] {
  return (text) => promised(() => whenReady(protect.seal(text, job), seal))
}

/** Back up the stack: caller → last layer → … → first layer → database. Waits only for layers that give a promise. */
export function transform(stack: readonly AnyPlugin[], job: NewJob): NewJob | Promise<NewJob> {
  let current = job
  for (let place = stack.length - 1; place >= 0; place -= 1) {
    const { plugin, insert } = stack[place] as AnyPlugin
    if (!insert) continue
    const changed: unknown = insert(current)
    if (isPromise(changed)) return rest(stack.slice(0, place), plugin, changed)
    current = described(changed, plugin)
  }

  return current
}

async function rest(outer: readonly AnyPlugin[], plugin: string, changed: PromiseLike<unknown>): Promise<NewJob> {
  return transform(outer, described(await changed, plugin))
}

/** A layer that forgets to return what `next()` gave must not leave the attempt without an end. */
function checked(outcome: unknown, { plugin }: AnyPlugin): Outcome {
  if (isOutcome(outcome)) return outcome
  const rule = 'return the outcome of next(), or one of its own'

  throw new StaffaError('INVALID_RESULT', `expected ${plugin} to ${rule}, got ${kindOf(outcome)}`)
}

function described(job: unknown, plugin: string): NewJob {
  if (typeof job === 'object' && job !== null) return job as NewJob

  throw new StaffaError('INVALID_RESULT', `expected ${plugin} to return the job that it inserts, got ${kindOf(job)}`)
}

/** What it is may be a secret of the job's. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}

function calledTwice(plugin: AnyPlugin | undefined): StaffaError {
  const name = plugin?.plugin || 'a layer'

  return new StaffaError('NEXT_CALLED_TWICE', `expected ${name} to call next() once, got a second call`)
}
