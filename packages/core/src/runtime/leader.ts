import type { Engine } from '../engine/engine.ts'
import { jitter } from '../lifecycle/backoff.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { reach } from './reach.ts'
import { type Loop, loop, within } from './service.ts'

export interface LeaderOptions {
  /** The instance's name: nodes of one name lead each other. */
  readonly name: string
  readonly node: string
  /** Milliseconds for which the lead is held without being renewed. */
  readonly lease: number
}

export interface LeaderTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
}

/** One of all nodes, chosen to do what must be done once. */
export interface Leader extends Loop {
  /** Whether this node leads, by its own lease: a node that was asleep for longer does not believe it. */
  readonly isLeader: boolean
  /** When the database came back into reach, by `performance.now()`: long ago if it never was out of reach. */
  readonly returnedAt: number
  /** Takes part in an election, or renews the lease. */
  tick(): Promise<void>
}

/** Takes part in elections: renews at a third of the lease, and comes at once when the leader's ends. */
export function leader({ name, node, lease }: LeaderOptions, { engine, telemetry }: LeaderTools): Leader {
  const candidate = { name: `${name}@staffa`, node, lease }
  let until = Number.NEGATIVE_INFINITY
  let remaining = 0
  const database = reach(lease / 2)

  const isLeader = () => performance.now() < until

  async function tick(): Promise<void> {
    const began = performance.now()
    const wasLeader = isLeader()
    const election = await database.ask(() => engine.electLeader(candidate))
    const won = election.leader === node
    until = won ? began + lease : Number.NEGATIVE_INFINITY
    remaining = election.remaining
    if (won !== wasLeader) telemetry.emit('leader.election', { leader: won, wasLeader })
  }

  async function resign(): Promise<void> {
    if (!isLeader()) return
    until = Number.NEGATIVE_INFINITY
    await engine.resignLeader(candidate.name, node)
    await engine.notify('leader', [{ down: candidate.name }])
    telemetry.emit('leader.election', { leader: false, wasLeader: true })
  }

  const report = (error: unknown) => telemetry.emit('failure', { where: 'leader', error })
  const third = () => jitter(lease / 3, { mode: 'decrease' })
  const { start, stop, wake } = loop({
    every: () => (isLeader() ? third() : Math.min(third(), remaining + 20)),
    tick,
    onError: report,
  })

  return {
    get isLeader() {
      return isLeader()
    },
    get returnedAt() {
      return database.returnedAt
    },
    tick,
    start,
    wake,
    stop: async () => {
      await stop()
      await within(1_000, resign().catch(report))
    },
  }
}

/** The leader of a node that never leads. */
export const follower: Leader = Object.freeze({
  isLeader: false,
  returnedAt: Number.NEGATIVE_INFINITY,
  tick: async () => {},
  start: async () => {},
  wake: () => {},
  stop: async () => {},
})
