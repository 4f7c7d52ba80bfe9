import { type Acker, acker } from './acker.ts'
import type { HostTools } from './attach.ts'
import { type Changer, changer } from './changer.ts'
import { obey } from './control.ts'
import type { Leader } from './leader.ts'
import { Notifier } from './notifier.ts'
import { type Obey, Orders } from './orders.ts'
import { Producers } from './producers.ts'
import type { Service } from './service.ts'
import { type ServiceOptions, services } from './services.ts'
import { type Settler, settler } from './settler.ts'
import { takeOver } from './take-over.ts'

export interface NodeOptions extends ServiceOptions {
  readonly queues: ConstructorParameters<typeof Producers>[0]
  /** What a queue runs with that is started by a notice. */
  readonly queueDefaults: NodeOptions['queues'][string]
  readonly notifier: 'listen' | 'poll'
  readonly shutdownGracePeriod: number
}

export type NodeTools = Omit<HostTools, 'isLeader'>

/** A process that fetches rows and runs them: everything of an instance that starts and stops. */
export interface Node {
  /** Begins to work: once `check` has found that it can, and with the connections opened meanwhile. */
  start(check: () => Promise<void>): Promise<void>
  stop(): Promise<void>
  readonly producers: Producers
  readonly notifier: Notifier
  readonly settler: Settler
  readonly acker: Acker
  readonly leader: Leader
  readonly changer: Changer
  readonly orders: Orders
  readonly obey: Obey
}

/** Builds a node. Nothing is opened until it starts. */
export function node(options: NodeOptions, tools: NodeTools): Node {
  const { database, engine, telemetry } = tools
  const giveUp = new AbortController()
  const hears = new Notifier({
    listen: options.notifier === 'listen' ? database.listen?.bind(database) : undefined,
    prefix: options.prefix,
    ident: `${options.name}.${options.node}`,
    telemetry,
  })
  const settles = settler({ ...tools, interval: options.stager ? options.stager.interval : 1_000 })
  const acks = acker({ ...tools, settler: settles, producers: () => producers.uuids, signal: giveUp.signal })
  const producers: Producers = new Producers(options.queues, {
    ...tools,
    acker: acks,
    acknowledgeThrough: acks.writeThrough,
    shutdownGracePeriod: options.shutdownGracePeriod,
    onDiscarded: () => settles.wake(),
  })
  const follow: Obey = (command, queue = options.queueDefaults) => obey(command, producers, queue)
  const orders = new Orders({ obey: follow, isListening: () => hears.status === 'listening' })
  const background = services(options, {
    engine,
    telemetry,
    producers,
    notifier: hears,
    settler: settles,
    orders,
    host: tools,
  })

  return {
    producers,
    notifier: hears,
    settler: settles,
    acker: acks,
    leader: background.leader,
    changer: changer({ engine, settler: settles, producers }),
    orders,
    obey: follow,
    start: async (check) => {
      const opening = { start: () => hears.open(), stop: () => hears.stop() }
      const prepared = [step(check), step(() => takeOver(database, engine))]
      await startAll([opening, ...prepared, ...background.all])
    },
    stop: async () => {
      await producers.stop()
      giveUp.abort()
      await acks.idle()
      await Promise.all(background.all.map((service) => service.stop()))
    },
  }
}

/** Something that is done once, and leaves nothing to stop. */
function step(start: () => Promise<void>): Service {
  return { start, stop: async () => {} }
}

/** Starts services one after another. When one does not start, all so far are stopped again. */
async function startAll(services: readonly Service[]): Promise<void> {
  for (const [index, service] of services.entries()) {
    try {
      await service.start()
    } catch (error) {
      await Promise.allSettled(services.slice(0, index + 1).map((begun) => begun.stop()))
      throw error
    }
  }
}
