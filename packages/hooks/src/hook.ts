import {
  type Duration,
  expected,
  type Job,
  type JobContext,
  type NewJob,
  type Outcome,
  rejectUnknown,
  toPositiveMilliseconds,
} from '@staffa/core/plugin'

/** How an attempt ended. `snooze` also stands for an attempt that was given back when its node shut down. */
export type HookState = 'complete' | 'cancel' | 'discard' | 'error' | 'snooze'

/**
 * Why a job was cancelled without its hooks having seen the attempt: by hand, past its deadline, deleted while it
 * waited, or by a layer outside the hooks.
 */
export type CancelReason = 'manual' | 'deadline' | 'deleted' | 'returned'

/**
 * Why a job was discarded without its hooks having seen the attempt: no attempts were left, its node died in the last
 * one, or a layer outside the hooks gave it up.
 */
export type DiscardReason = 'exhausted' | 'orphaned' | 'returned'

/** Calls at the turns of a job's life. Those that come before may stop it; those that come after only observe. */
export interface Hook<Context extends JobContext = JobContext> {
  /** A job is about to be inserted. What it returns is inserted instead; what it throws, `insert` throws. */
  readonly beforeNew?: ((job: NewJob) => Returned<NewJob>) | undefined
  /** An attempt is about to run. An outcome that it returns is the attempt's; what it throws fails the attempt. */
  readonly beforeProcess?: ((context: Context) => Returned<Outcome<never>>) | undefined
  /** An attempt has ended, and its end is about to be written. See `HookState` for the state, and the README for the result. */
  readonly afterProcess?: ((state: HookState, context: Context, result: unknown) => unknown) | undefined
  /** A job was cancelled, and no `afterProcess` tells of it. */
  readonly onCancelled?: ((reason: CancelReason, job: Job) => unknown) | undefined
  /** A job was discarded, and no `afterProcess` tells of it. */
  readonly onDiscarded?: ((reason: DiscardReason, job: Job) => unknown) | undefined
  /** How long each call of `afterProcess`, `onCancelled` and `onDiscarded` is waited for. Defaults to five seconds. */
  readonly timeout?: Duration | undefined
}

/** A value, or nothing, at once or later. */
// biome-ignore lint/suspicious/noConfusingVoidType: functions without a return are meant
type Returned<Value> = Value | undefined | void | Promise<Value | undefined | void>

const calls = ['beforeNew', 'beforeProcess', 'afterProcess', 'onCancelled', 'onDiscarded'] as const

/** Throws for what is not a hook. */
export function checkHook(hook: Hook<never>): void {
  if (typeof hook !== 'object' || hook === null) throw expected('a hook', 'an object of functions', hook)
  rejectUnknown('a hook', hook, [...calls, 'timeout'])
  for (const name of calls) {
    if (hook[name] !== undefined && typeof hook[name] !== 'function') throw expected(name, 'a function', hook[name])
  }
  if (hook.timeout !== undefined) toPositiveMilliseconds(hook.timeout, 'timeout')
}

/** Whether a hook wants to know how attempts and jobs end. */
export function observes(hook: Hook<never>): boolean {
  return hook.afterProcess !== undefined || wantsEnds(hook)
}

/** Whether a hook wants to know of jobs that end out of its sight. */
export function wantsEnds({ onCancelled, onDiscarded }: Hook<never>): boolean {
  return onCancelled !== undefined || onDiscarded !== undefined
}
