import { telemetry } from '@staffa/core/internal'
import { type Client, type Job, StaffaError, toPositiveMilliseconds } from '@staffa/core/plugin'
import type { Hook } from './hook.ts'

/** The calls that may change nothing. */
type Observing = 'afterProcess' | 'onCancelled' | 'onDiscarded'

/** Which call of a hook, and what for: the job and the instance are named where it fails. */
export interface Call<Name extends Observing = Observing> {
  readonly hook: Hook<never>
  readonly name: Name
  readonly about: { readonly job: Job; readonly staffa: Pick<Client, 'name' | 'node'> }
}

type ArgsOf<Name extends Observing> = Parameters<NonNullable<Hook<never>[Name]>>

/**
 * Calls a hook that may change nothing, if it has that call: what it throws, and that it takes too long, is reported. Never
 * throws or rejects; without a promise the hook has ended.
 */
export function isolate<Name extends Observing>(call: Call<Name>, args: ArgsOf<Name>): Promise<void> | undefined {
  try {
    const running = (call.hook as Callable)[call.name]?.(...args)

    return isPending(running) ? inTime(call, Promise.resolve(running)) : undefined
  } catch (error) {
    report(call, error)

    return undefined
  }
}

/** A hook whose calls take what the types of `isolate` have checked. */
type Callable = Readonly<Record<Observing, ((...args: unknown[]) => unknown) | undefined>>

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

function report({ name, about: { job, staffa } }: Call, error: unknown): void {
  const events = telemetry({ instance: staffa.name, node: staffa.node })
  events.emit('failure', { where: `${name} of ${job.worker}`, error })
}
