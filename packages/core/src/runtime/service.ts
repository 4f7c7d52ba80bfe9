import { setTimeout as delay } from 'node:timers/promises'
import type { PluginMigration } from '../layers/plugin.ts'
import type { ServiceHost } from './host.ts'

/** Something that runs in the background. Stopping twice, or before starting, is harmless. */
export interface Service {
  /** Told once, when the instance is made, of the instance that it belongs to. Opens nothing yet. */
  attach?(host: ServiceHost): void
  start(): void | Promise<void>
  stop(): Promise<void>
  /** The service's name, under which its migrations are recorded. Only a service that has some needs one. */
  readonly plugin?: string | undefined
  /** Changes to the database that it needs, applied in order by `staffa.migrate()`. */
  readonly migrations?: readonly PluginMigration[] | undefined
}

export interface LoopOptions {
  /** Milliseconds between the end of a tick and the next, or a function that tells. */
  readonly every: number | (() => number)
  readonly tick: (signal: AbortSignal) => Promise<unknown>
  readonly onError: (error: unknown) => void
}

/** A service that does one thing over and over. */
export interface Loop extends Service {
  /** Resolves when it has ticked once, or stopped. Never rejects. */
  start(): Promise<void>
  /** Has the next tick now, or right after the one under way. */
  wake(): void
}

/** Something that is done once, where services start, and leaves nothing to stop. */
export function step(start: () => Promise<void>): Service {
  return { start, stop: async () => {} }
}

/** Calls `tick` over and over. A tick that throws is reported; the loop goes on. */
export function loop({ every, tick, onError }: LoopOptions): Loop {
  let stopping = new AbortController()
  let waking = new AbortController()
  let running: Promise<void> | undefined
  let ticked = Promise.withResolvers<void>()

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      waking = new AbortController()
      try {
        await tick(signal)
      } catch (error) {
        onError(error)
      }
      ticked.resolve()
      const pause = typeof every === 'function' ? every() : every
      if (!waking.signal.aborted) await sleep(pause, AbortSignal.any([signal, waking.signal]))
    }
    ticked.resolve()
  }

  return {
    async start() {
      running ??= run(stopping.signal)
      await ticked.promise
    },

    wake() {
      waking.abort()
    },

    async stop() {
      stopping.abort()
      await running
      running = undefined
      stopping = new AbortController()
      ticked = Promise.withResolvers()
    },
  }
}

/** The longest that a timer can count to, in milliseconds: 24 days. Told to count further, it would not wait at all. */
export const longestTimer = 2 ** 31 - 1

/** Waits, 24 days at most, or until the signal is aborted: then it resolves early. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  await delay(Math.min(milliseconds, longestTimer), undefined, signal && { signal }).catch(() => {}) // it rejects only when aborted
}

/** Waits for a promise at most so long; tells whether it came in time. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  const came = promise.then(() => true)
  const late = sleep(milliseconds, over.signal).then(() => false)

  return Promise.race([came, late]).finally(() => over.abort())
}
