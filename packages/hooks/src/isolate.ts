import { isPromise, telemetry } from '@staffa/core/internal'
import { type Client, type Job, StaffaError, toPositiveMilliseconds } from '@staffa/core/plugin'
import type { Hook } from './hook.ts'

/** Which call of a hook, and what for: the job and the instance are named where it fails. */
export interface Call {
  readonly hook: Hook<never>
  readonly name: 'afterProcess' | 'onCancelled' | 'onDiscarded'
  readonly about: { readonly job: Job; readonly staffa: Pick<Client, 'name' | 'node'> }
}

/**
 * Calls a hook that may change nothing: what it throws, and that it takes too long, is reported. Never throws or rejects;
 * without a promise the hook has ended.
 */
export function isolate(call: Call, run: () => unknown): Promise<void> | undefined {
  try {
    const running = run()

    return isPromise(running) ? inTime(call, Promise.resolve(running)) : undefined
  } catch (error) {
    report(call, error)

    return undefined
  }
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

function report({ name, about: { job, staffa } }: Call, error: unknown): void {
  const events = telemetry({ instance: staffa.name, node: staffa.node })
  events.emit('failure', { where: `${name} of ${job.worker}`, error })
}
