import type { NewJob } from '../job/job.ts'
import type { Outcome } from '../job/outcome.ts'
import { StaffaError } from '../support/errors.ts'
import type { AnyPlugin, JobContext } from './plugin.ts'

/** What runs an attempt: a worker's function, or a whole stack around it. */
export type Handler = (context: JobContext) => Promise<Outcome>

/** Down the stack: database → first layer → … → last layer → handler. */
export function compose(stack: readonly AnyPlugin[], handler: Handler): Handler {
  const layers = stack.filter((plugin) => plugin.execute)

  return (context) => {
    let reached = -1

    async function dispatch(depth: number, current: JobContext): Promise<Outcome> {
      if (depth <= reached) throw calledTwice(layers[depth - 1])
      reached = depth

      const execute = layers[depth]?.execute
      if (!execute) return handler(current)
      const next = (adds?: object) => dispatch(depth + 1, adds ? Object.freeze({ ...current, ...adds }) : current)

      return execute(current, next as never)
    }

    return dispatch(0, context)
  }
}

/** Back up the stack: caller → last layer → … → first layer → database. */
export async function transform(stack: readonly AnyPlugin[], job: NewJob): Promise<NewJob> {
  let current = job
  for (const { insert } of stack.toReversed()) {
    if (insert) current = await insert(current)
  }

  return current
}

function calledTwice(plugin: AnyPlugin | undefined): StaffaError {
  const name = plugin?.plugin || 'a layer'

  return new StaffaError('NEXT_CALLED_TWICE', `expected ${name} to call next() once, got a second call`)
}
