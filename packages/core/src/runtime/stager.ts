import type { Engine, Staged } from '../engine/engine.ts'
import type { Telemetry } from '../support/telemetry.ts'
import type { Producer } from './producer.ts'
import { type Loop, loop } from './service.ts'

export interface StagerOptions {
  /** Milliseconds between ticks. */
  readonly interval: number
  /** The most jobs to stage in one tick; where there were as many, the next follows at once. */
  readonly limit: number
}

export interface StagerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly producers: () => Iterable<Producer>
}

export interface Stager extends Loop {
  /** Makes due jobs available, and wakes the queues that have something to fetch. */
  tick(): Promise<Staged>
}

/** Moves scheduled and retryable jobs on when their time has come, and finds jobs whose notice was lost. */
export function stager(options: StagerOptions, { engine, telemetry, producers }: StagerTools): Stager {
  async function stage(): Promise<Staged> {
    const hungry = [...producers()].filter((producer) => producer.hungry)
    const queues = hungry.filter(({ unaware }) => unaware).map(({ queue }) => queue)
    const staged = await engine.stageJobs({ limit: options.limit, queues })
    for (const producer of hungry) if (staged.queues.includes(producer.queue)) producer.nudge()

    return staged
  }

  const tick = () => telemetry.span('service', 'stager', stage)
  const onError = (error: unknown) => telemetry.emit('failure', { where: 'stager', error })
  const service = loop({ every: options.interval, tick: tickOn, onError })

  /** Where a tick had its fill more may be due: then the next does not wait. */
  async function tickOn(): Promise<void> {
    const { count } = await tick()
    if (count >= options.limit) service.wake()
  }

  return { tick, ...service }
}
