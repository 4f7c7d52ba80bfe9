import type { Engine, PruneRule } from '../engine/engine.ts'
import { type FinalState, finalStates } from '../job/state.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Leader } from './leader.ts'
import { loop, type Service } from './service.ts'

/** A rule of the pruner, checked and in milliseconds. */
export interface PrunerRule extends PruneRule {
  readonly states: readonly FinalState[]
}

export interface PrunerOptions {
  /** Milliseconds between ticks. */
  readonly interval: number
  /** The most jobs to delete in one statement. */
  readonly limit: number
  /** The first rule that a job fits is the one that counts. */
  readonly rules: readonly PrunerRule[]
}

export interface PrunerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly leader: Leader
}

export interface Pruner extends Service {
  /** Deletes jobs that ended long ago; tells how many. Does nothing on a node that does not lead. */
  tick(): Promise<number>
}

/** Deletes jobs that have ended, by age and by number. */
export function pruner({ interval, limit, rules }: PrunerOptions, { engine, telemetry, leader }: PrunerTools): Pruner {
  async function prune(signal?: AbortSignal): Promise<number> {
    let pruned = 0
    for (const [index, rule] of rules.entries()) {
      for (const state of rule.states) {
        const others = rules.slice(0, index).filter((other) => other.states.includes(state))
        for (let full = true; full && leader.isLeader && !signal?.aborted; ) {
          const count = await engine.pruneJobs({ state, rule, others, limit })
          pruned += count
          full = count === limit
        }
      }
    }

    return pruned
  }

  const tick = (signal?: AbortSignal) => telemetry.span('service', 'pruner', () => prune(signal))
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'pruner', error })
  const { start, stop } = loop({ every: interval, tick, onError })

  return { tick: () => tick(), start, stop }
}

/** Every final state, for rules that name none. */
export const prunableStates: readonly FinalState[] = finalStates
