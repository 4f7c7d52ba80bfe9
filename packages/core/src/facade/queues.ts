import type { Engine } from '../engine/engine.ts'
import { checkInteger, checkName } from '../lifecycle/validate.ts'
import { type Command, everyQueue, highestLimit } from '../runtime/control.ts'
import type { Node } from '../runtime/node.ts'
import type { QueueCheck, QueueOptions } from '../runtime/queue.ts'
import { expected, rejectUnknown, StaffaError } from '../support/errors.ts'
import { resolveQueue } from './checks.ts'
import { checkWord } from './identity.ts'
import type { QueueSettings } from './options.ts'

/** Where a command holds. Without either, on every node of the same name. */
export interface Where {
  /** On this node alone. Defaults to false. */
  readonly local?: boolean | undefined
  /** On the node of this name alone. Defaults to every node. */
  readonly node?: string | undefined
}

export interface QueuesTools {
  readonly name: string
  readonly node: string
  readonly engine: Engine
  readonly runtime: Node
  /** Whether this node works queues at all. */
  readonly isStarted: () => boolean
}

/**
 * Works the queues at run time: here, on one node, or on all. A call resolves when the command is sent and, if it is
 * meant for this node too, carried out here. All nodes carry out commands for all in the same order.
 */
export class Queues {
  readonly #tools: QueuesTools

  constructor(tools: QueuesTools) {
    this.#tools = tools
  }

  /** Begins to work a queue. Where it is worked already it goes on as it is. */
  async start(queue: string, settings: number | QueueSettings, where: Where = {}): Promise<void> {
    const options = resolveQueue(queue, typeof settings === 'number' ? { limit: settings } : settings, undefined)
    const { limit, paused } = options
    await this.#send({ action: 'start', queue, limit, paused }, where, options)
  }

  /** Ends the work of a queue: what runs may end within the grace period. */
  async stop(queue: string, where: Where = {}): Promise<void> {
    await this.#send({ action: 'stop', queue }, where)
  }

  /** Stops fetching; what runs goes on. */
  async pause(queue: string, where: Where = {}): Promise<void> {
    await this.#send({ action: 'pause', queue }, where)
  }

  async resume(queue: string, where: Where = {}): Promise<void> {
    await this.#send({ action: 'resume', queue }, where)
  }

  async pauseAll(where: Where = {}): Promise<void> {
    await this.#send({ action: 'pause', queue: everyQueue }, where)
  }

  async resumeAll(where: Where = {}): Promise<void> {
    await this.#send({ action: 'resume', queue: everyQueue }, where)
  }

  /** Changes how many jobs run at once on a node. What runs already goes on. */
  async scale(queue: string, limit: number, where: Where = {}): Promise<void> {
    if (queue === everyQueue) throw expected('queue', 'the name of one queue', queue)
    checkInteger(limit, 'limit', { from: 1, to: highestLimit })
    await this.#send({ action: 'scale', queue, limit }, where)
  }

  /** How a queue stands on this node; undefined when it is not worked here. */
  check(queue: string): QueueCheck | undefined {
    const { name, node, runtime } = this.#tools
    const producer = runtime.producers.get(queue)

    return producer && Object.freeze({ name, node, ...producer.check() })
  }

  /** How the queues of this node stand, by name. */
  checkAll(): readonly QueueCheck[] {
    const queues = [...this.#tools.runtime.producers].map(({ queue }) => queue).sort()

    return queues.flatMap((queue) => this.check(queue) ?? [])
  }

  async #send(command: Command & { readonly queue: string }, where: Where, options?: QueueOptions): Promise<void> {
    const { name, node, engine, runtime, isStarted } = this.#tools
    if (command.queue !== everyQueue) checkName(command.queue, 'queue')
    const { local, node: target } = checkWhere(where)
    const here = local || target === undefined || target === node
    if (local) this.#checkLocal(command)
    const send = (ident: string) => engine.notify('signal', [{ ...command, ident }])
    if (here && isStarted()) {
      if (local || target === node) await runtime.obey(command, options)
      else await runtime.orders.give(command, options, () => send('any'))
    } else if (!here) await send(`${name}.${target}`)
    else if (!local && target === undefined) await send('any')
  }

  #checkLocal({ action, queue }: Command & { readonly queue: string }): void {
    if (action === 'start' || queue === everyQueue || this.#tools.runtime.producers.get(queue)) return

    throw new StaffaError('UNKNOWN_QUEUE', `expected the queue ${JSON.stringify(queue)} to be worked on this node`, {
      data: { queue },
    })
  }
}

function checkWhere(where: Where): Where {
  if (typeof where !== 'object' || where === null) throw expected('where', 'an object with local or node', where)
  rejectUnknown('where', where, ['local', 'node'])
  if (where.local !== undefined && typeof where.local !== 'boolean')
    throw expected('local', 'true or false', where.local)
  if (where.node !== undefined) checkWord(where.node, 'node')

  return where
}
