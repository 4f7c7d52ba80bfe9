import { queryableOf } from '../engine/connect/transaction.ts'
import type { Database } from '../engine/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { acker, lost } from './acker.ts'
import type { ExecutorTools } from './executor.ts'
import { notifier } from './notifier.ts'
import { Producer, type ProducerTools, type QueueOptions } from './producer.ts'
import type { Service } from './service.ts'
import { type StagerOptions, stager } from './stager.ts'
import { takeOver } from './take-over.ts'

export interface NodeOptions {
  readonly name: string
  readonly prefix: string
  readonly queues: Readonly<Record<string, QueueOptions>>
  readonly stager: StagerOptions | false
  readonly notifier: 'listen' | 'poll'
  readonly shutdownGracePeriod: number
  readonly services: readonly Service[]
}

export interface NodeTools extends Omit<ExecutorTools, 'acknowledgeThrough'> {
  readonly database: Database
  readonly engine: Engine
  readonly telemetry: Telemetry
}

/** A process that fetches rows and runs them: everything of an instance that starts and stops. */
export interface Node extends Service {
  readonly producers: ReadonlyMap<string, Producer>
  /** Says that these queues have something to fetch, without waiting for the notice. */
  nudge(queues: Iterable<string>): void
}

/** Builds a node. Nothing is opened until it starts. */
export function node(options: NodeOptions, tools: NodeTools): Node {
  const { engine, telemetry } = tools
  const producers = new Map<string, Producer>()
  const uuids = () => [...producers.values()].map(({ uuid }) => uuid)
  const giveUp = new AbortController()
  const acks = acker({ engine, telemetry, producers: uuids, signal: giveUp.signal })
  const acknowledgeThrough = async (transaction: unknown, ack: Ack) => {
    const written = await engine.ackJobs([ack], { on: queryableOf(transaction), producers: uuids() })
    if (!written.has(ack.id)) throw lost(ack)
  }

  const { shutdownGracePeriod } = options
  const producerTools: ProducerTools = { ...tools, acker: acks, acknowledgeThrough, shutdownGracePeriod }
  for (const [queue, settings] of Object.entries(options.queues)) {
    producers.set(queue, new Producer(queue, settings, producerTools))
  }

  const nudge = (queues: Iterable<string>) => {
    for (const queue of queues) producers.get(queue)?.nudge()
  }
  const background = services(options, { tools, producers, nudge })

  return {
    producers,
    nudge,
    start: async () => {
      await takeOver(tools.database, engine)
      for (const producer of producers.values()) producer.start()
      for (const service of background) await service.start()
    },
    stop: async () => {
      await Promise.all([...producers.values()].map((producer) => producer.stop()))
      giveUp.abort()
      await acks.idle()
      for (const service of background.toReversed()) await service.stop()
    },
  }
}

interface Parts {
  readonly tools: NodeTools
  readonly producers: ReadonlyMap<string, Producer>
  readonly nudge: (queues: Iterable<string>) => void
}

function services(options: NodeOptions, { tools, producers, nudge }: Parts): readonly Service[] {
  const { database, engine, telemetry, client } = tools
  const hears = notifier({
    listen: options.notifier === 'listen' ? database.listen?.bind(database) : undefined,
    prefix: options.prefix,
    ident: `${options.name}.${client.node}`,
    telemetry,
    onListening: () => nudge(producers.keys()),
    handlers: { insert: ({ queue }) => nudge([String(queue)]) },
  })
  const stages = options.stager && stager(options.stager, { engine, telemetry, producers: () => producers.values() })

  return [hears, ...(stages ? [stages] : []), ...options.services]
}
