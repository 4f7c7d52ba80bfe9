import { setImmediate as turn } from 'node:timers/promises'
import { attach, type HostTools } from './attach.ts'
import { beater } from './beater.ts'
import { type HearingParts, hear } from './hearing.ts'
import { follower, type Leader, type LeaderOptions, leader } from './leader.ts'
import { type PrunerOptions, pruner } from './pruner.ts'
import { type ReindexerOptions, reindexer } from './reindexer.ts'
import { type RescuerOptions, rescuer } from './rescuer.ts'
import { type Service, step, within } from './service.ts'
import { type StagerOptions, stager } from './stager.ts'

/** Which services a node runs, and how. `false` leaves the work to other nodes. */
export interface ServiceOptions {
  readonly name: string
  readonly node: string
  readonly prefix: string
  readonly leader: Pick<LeaderOptions, 'lease'> | false
  readonly stager: StagerOptions | false
  readonly rescuer: RescuerOptions | false
  readonly pruner: PrunerOptions | false
  readonly reindexer: ReindexerOptions | false
  /** Milliseconds for which other nodes wait for a sign of life of this one's producers. */
  readonly lease: number
  /** What the application added. */
  readonly services: readonly Service[]
}

export interface ServiceParts extends Omit<HearingParts, 'leader' | 'asked'> {
  readonly engine: HostTools['engine']
  /** What the application's services may use. */
  readonly host: Omit<HostTools, 'isLeader'>
}

export interface Services {
  readonly leader: Leader
  /** In the order in which they start. */
  readonly all: readonly Service[]
}

/** Makes the services of a node, and has them hear the notices that they are about. */
export function services(options: ServiceOptions, parts: ServiceParts): Services {
  const leads = options.leader ? leader({ ...options, lease: options.leader.lease }, parts) : follower
  const tools = { ...parts, leader: leads, producers: () => parts.producers }
  const wanted = [
    parts.notifier,
    parts.settler,
    ...options.services,
    // No job runs before what the application has added has started.
    parts.producers,
    // The first fetch takes the connection that is open, and what follows shares another.
    step(turn),
    options.rescuer && rescuer(options.rescuer, tools),
    options.pruner && pruner(options.pruner, tools),
    options.reindexer && reindexer(options.reindexer, tools),
    tickFirst(beater(options, tools)),
    tickFirst(leads),
    options.stager && tickFirst(stager(options.stager, tools)),
  ]
  const isLeader = () => leads.isLeader
  const asked = attach(options.services, { ...parts.host, isLeader })
  const hearing = during(() => hear({ ...parts, leader: leads, asked }))

  return { leader: leads, all: [hearing, ...wanted.filter((service) => service !== false)] }
}

/** What starts after it waits for its first tick, though no longer than a second: then they need one connection, not many. */
function tickFirst({ start, stop }: Service): Service {
  return { start: async () => void (await within(1_000, Promise.resolve(start()))), stop }
}

/** A service that is nothing but what its beginning returns: what ends it. */
function during(begin: () => () => void): Service {
  let end = () => {}

  return {
    start: () => {
      end = begin()
    },
    stop: async () => end(),
  }
}
