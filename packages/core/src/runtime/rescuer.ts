import type { Changed, Engine } from '../engine/engine.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Leader } from './leader.ts'
import { loop, type Service } from './service.ts'
import { type Settler, settles } from './settler.ts'

/** Times are in milliseconds. */
export interface RescuerOptions {
  readonly interval: number
  /** How long a producer may be silent before its jobs are taken back. */
  readonly lease: number
  /** How long any job may be executing before it is taken back; undefined for ever. */
  readonly age: number | undefined
  readonly limit: number
}

export interface RescuerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly leader: Leader
  readonly settler: Settler
}

/** What a tick took back. */
export interface Rescued {
  readonly rescued: readonly number[]
  readonly discarded: readonly number[]
}

export interface Rescuer extends Service {
  /** Takes back the jobs of nodes that are gone. Does nothing on a node that does not lead. */
  tick(): Promise<Rescued>
}

const nothing: Rescued = Object.freeze({ rescued: [], discarded: [] })

/** Takes back jobs whose node is gone. */
export function rescuer(options: RescuerOptions, tools: RescuerTools): Rescuer {
  const { engine, telemetry, leader } = tools
  const suspects = new Map<string, number>()

  async function rescue(): Promise<Rescued> {
    if (!leader.isLeader) return nothing
    const missing = overdue(suspects, await engine.missingProducers(), options.lease)
    const changed = await take(missing)
    const rescued = changed.filter(({ job }) => job.state === 'available').map(({ job }) => job)
    const queues = new Set(rescued.map(({ queue }) => queue))
    await engine.notify(
      'insert',
      [...queues].map((queue) => ({ queue })),
    )

    return {
      rescued: rescued.map(({ id }) => id),
      discarded: changed.filter(({ job }) => job.state === 'discarded').map(({ job }) => job.id),
    }
  }

  function take(missing: readonly string[]): Promise<readonly Changed[]> {
    return engine.transaction(async (on) => {
      const changed = await engine.rescueJobs({ ...options, missing }, on)
      const ended = changed.map(({ job }) => job).filter((job) => job.state === 'discarded' && settles(job))
      await tools.settler.settle(ended, on)

      return changed
    })
  }

  const tick = () => telemetry.span('service', 'rescuer', rescue)
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'rescuer', error })
  const { start, stop } = loop({ every: options.interval, tick, onError })

  return { tick, start, stop }
}

/**
 * Producers without a row, for longer than a lease. The rows are lost when the server crashes: a producer that lives
 * writes its own again within a third of that time.
 */
function overdue(suspects: Map<string, number>, missing: readonly string[], lease: number): readonly string[] {
  const now = performance.now()
  for (const uuid of suspects.keys()) if (!missing.includes(uuid)) suspects.delete(uuid)
  for (const uuid of missing) if (!suspects.has(uuid)) suspects.set(uuid, now)

  return missing.filter((uuid) => now - (suspects.get(uuid) ?? now) > lease)
}
