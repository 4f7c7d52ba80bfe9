import { checkInstant, checkInteger, checkName } from '../lifecycle/validate.ts'
import { type Drained, Drainer, type DrainOptions } from '../runtime/drainer.ts'
import type { Node, NodeTools } from '../runtime/node.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import type { Config } from './config.ts'

/** How to drain a queue. */
export interface DrainSettings {
  readonly queue: string
  /** The most jobs to run in one round. Defaults to 10,000. */
  readonly limit?: number | undefined
  /** Whether to go on until nothing is left, also of what the jobs themselves insert. Defaults to false. */
  readonly recursion?: boolean | undefined
  /** Whether to run scheduled and retryable jobs before their time: all, or those due by an instant. Defaults to false. */
  readonly scheduled?: boolean | Date | undefined
  /** Whether what jobs throw stays inside; otherwise the first error is thrown, after its job was acknowledged. Defaults to true. */
  readonly safety?: boolean | undefined
  /** How many jobs run at once. Defaults to 1. */
  readonly concurrency?: number | undefined
  /** Ends the draining early; what has not begun is given back. */
  readonly signal?: AbortSignal | undefined
}

export type Drain = (settings: DrainSettings) => Promise<Drained>

/** Makes the drain of one instance. */
export function drains(tools: NodeTools & Pick<Config, 'name' | 'node' | 'lease'>, node: Node): Drain {
  const { acker, producers } = node

  return async (settings) =>
    new Drainer(resolve(settings), { ...tools, acker, producers, acknowledgeThrough: acker.writeThrough }).drain()
}

function resolve(settings: DrainSettings): DrainOptions {
  if (typeof settings !== 'object' || settings === null) throw expected('options of drain()', 'an object', settings)
  rejectUnknown('drain()', settings, known)
  const { queue, limit = 10_000, recursion = false, scheduled = false, safety = true } = settings
  const { concurrency = 1, signal } = settings
  checkName(queue, 'queue')
  checkInteger(limit, 'limit', { from: 1, to: 1_000_000 })
  checkInteger(concurrency, 'concurrency', { from: 1, to: 100_000 })
  if (typeof scheduled !== 'boolean') checkInstant(scheduled, 'scheduled')
  if (typeof recursion !== 'boolean') throw expected('recursion', 'true or false', recursion)
  if (typeof safety !== 'boolean') throw expected('safety', 'true or false', safety)
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw expected('signal', 'an AbortSignal', signal)

  return { queue, limit, recursion, scheduled, safety, concurrency, signal }
}

const known: readonly string[] = ['queue', 'limit', 'recursion', 'scheduled', 'safety', 'concurrency', 'signal']
