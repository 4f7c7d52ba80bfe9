import type { Engine, ProducerRow } from '../engine/engine.ts'
import { StaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Producer } from './producer.ts'
import { pause } from './retry.ts'
import { type Loop, loop } from './service.ts'

export interface BeaterOptions {
  readonly name: string
  readonly node: string
  /** Milliseconds for which others wait for a sign of life. */
  readonly lease: number
}

export interface BeaterTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly producers: () => Iterable<Producer>
}

export interface Beater extends Omit<Loop, 'wake'> {
  /** Says that this node's producers live, and ends the attempts at jobs that were taken from them. */
  tick(): Promise<void>
}

/** What runs jobs under a claim of its own. */
export interface Holder {
  readonly uuid: string
  /** The jobs that run there, or are about to. */
  heldIds(): readonly number[]
  /** Ends a job early that runs there, or is about to; tells whether there was one. */
  abort(id: number, reason: StaffaError): boolean
}

/** Keeps the rows of this node's producers fresh: three times a lease, and soon again when that failed. */
export function beater(options: BeaterOptions, tools: BeaterTools): Beater {
  const { engine, telemetry, producers } = tools

  let failures = 0

  async function beat(): Promise<void> {
    const living = [...producers()]
    failures += 1
    await engine.beatProducers(living.map((producer) => toRow(producer, options)))
    failures = 0
    for (const producer of living) {
      await dismiss(producer, engine)
      producer.reclaim()
    }
  }

  const tick = () => telemetry.span('service', 'beater', beat)
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'beater', error })
  const third = options.lease / 3
  const every = () => (failures === 0 ? third : Math.min(third, pause(failures)))

  return { tick, ...loop({ every, tick, onError }) }
}

/** A producer's row. `staffa` says that its silence means that its jobs may be taken back. */
function toRow(producer: Producer, { name, node }: BeaterOptions): ProducerRow {
  const { uuid, queue, limit, paused } = producer.check()

  return { uuid, name, node, queue, meta: { staffa: true, local_limit: limit, paused } }
}

/** Notices get lost: whatever was cancelled, deleted or rescued meanwhile must not go on here. */
export async function dismiss(holder: Holder, engine: Engine): Promise<void> {
  const strays = await engine.strayJobs(holder.uuid, holder.heldIds())
  for (const { id, state } of strays) {
    const reason =
      state === 'cancelled'
        ? new StaffaError('CANCELLED', `job ${id} was cancelled`)
        : new StaffaError('LOST', `job ${id} was taken from this node`)
    holder.abort(id, reason)
  }
}
