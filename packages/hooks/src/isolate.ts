import { telemetry } from '@staffa/core/internal'
import { StaffaError, toPositiveMilliseconds } from '@staffa/core/plugin'
import type { Hook } from './hook.ts'

/** Whose hook is called, for the report of a failure. */
export interface Call {
  readonly hook: Hook<never>
  readonly name: 'afterProcess' | 'onCancelled' | 'onDiscarded'
  readonly worker: string
  readonly staffa: { readonly name: string; readonly node: string }
}

/**
 * Calls a hook that may change nothing: what it throws, and that it takes too long, is reported. Never throws or rejects;
 * without a promise the hook has ended.
 */
export function isolate(call: Call, run: () => unknown): Promise<void> | undefined {
  try {
    const running = run()

    return isPending(running) ? inTime(call, Promise.resolve(running)) : undefined
  } catch (error) {
    report(call, error)

    return undefined
  }
}

/** What has no promise has ended: most hooks have none, and need no timer. */
function isPending(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** Waits for a hook within its time; one that takes longer goes on, and is reported. */
async function inTime(call: Call, hook: Promise<unknown>): Promise<void> {
  const running = hook.catch((error: unknown) => report(call, error))
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const milliseconds = toPositiveMilliseconds(call.hook.timeout ?? 5, 'timeout')
  const timer = setTimeout(() => {
    report(call, new StaffaError('TIMEOUT', `expected ${call.name} to end within ${milliseconds} ms, it goes on`))
    resolve()
  }, milliseconds)

  await Promise.race([running, late])
  clearTimeout(timer)
}

function report({ name, worker, staffa }: Call, error: unknown): void {
  const events = telemetry({ instance: staffa.name, node: staffa.node })
  events.emit('failure', { where: `${name} of ${worker}`, error })
}
