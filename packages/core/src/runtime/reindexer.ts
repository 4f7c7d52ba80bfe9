import type { Engine } from '../engine/engine.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Leader } from './leader.ts'
import { loop, type Service } from './service.ts'

export interface ReindexerOptions {
  /** Milliseconds between rebuilds. */
  readonly interval: number
  readonly indexes: readonly string[]
}

export interface ReindexerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly leader: Leader
}

export interface Reindexer extends Service {
  /** Rebuilds every index, and drops what interrupted rebuilds have left. Does nothing on a node that does not lead. */
  tick(): Promise<{ readonly reindexed: readonly string[]; readonly dropped: readonly string[] }>
}

/** Rebuilds indexes now and then, while they are in use. */
export function reindexer({ interval, indexes }: ReindexerOptions, tools: ReindexerTools): Reindexer {
  const { engine, telemetry, leader } = tools
  let due = performance.now() + interval

  /** Every index is tried; the failures come together. */
  async function rebuild() {
    if (!leader.isLeader) return { reindexed: [], dropped: [] }
    due = performance.now() + interval
    const results = []
    for (const index of indexes) results.push(...(await Promise.allSettled([engine.reindex(index)])))
    const dropped = await engine.dropInvalidIndexes()
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0)
      throw new AggregateError(errors, `expected every index to be rebuilt, got ${errors.length} failures`)

    return { reindexed: indexes, dropped }
  }

  const tick = () => telemetry.span('service', 'reindexer', rebuild)
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'reindexer', error })
  const whenDue = async () => (performance.now() >= due ? tick() : undefined)
  const { start, stop } = loop({ every: Math.min(interval, 60_000), tick: whenDue, onError })

  return { tick, start, stop }
}
