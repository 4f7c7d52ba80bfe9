import { isPromise } from '@staffa/core/internal'
import type {
  AttemptEnd,
  Client,
  Job,
  JobContext,
  NewJob,
  Outcome,
  Plugin,
  Settle,
  SettledJob,
} from '@staffa/core/plugin'
import { attempts } from './attempts.ts'
import { tellEnd } from './ends.ts'
import { globalHooks } from './global-hooks.ts'
import { checkHook, type Hook, type HookState, observes, wantsEnds } from './hook.ts'
import { isolate } from './isolate.ts'

/** Where the outermost layer of hooks has run the global ones, the others leave them alone. */
const ran: unique symbol = Symbol.for('staffa.hooks') as never

/** The jobs of which global hooks have been told, when more than one layer settles them. */
const told = new WeakSet<Job>()

/**
 * Calls hooks at the turns of a job's life, in the order in which they are listed; then those of `attachHook`.
 *
 * Their context is typed by where the layer stands.
 */
export function hooks<Context extends JobContext = JobContext>(
  ...list: readonly Hook<NoInfer<Context>>[]
): Plugin<Context> {
  for (const hook of list) checkHook(hook)
  const own = rolesOf(list)
  const seen = attempts()
  const settle: Settle = async (settled, _transaction, staffa) => {
    for (const end of settled) tellSoon(end, unseen(end), staffa)
  }

  /** Those who don't know of this end yet. */
  function unseen({ job, by, state }: SettledJob): readonly Hook<never>[] {
    const all = withGlobal(list, told.has(job) ? none : globalHooks())
    told.add(job)
    const known = seen.delete(job)

    return state === 'completed' || (by === 'attempt' && known) ? [] : all.filter(wantsEnds)
  }

  return {
    plugin: 'hooks',
    insert: (job) => {
      const global = ran in job ? none : globalHooks()

      return global.length > 0 || own.changes ? changed(job, withGlobal(list, global), global) : job
    },
    execute: (context, next) => {
      const global = ran in context ? none : globalHooks()
      const { all, remembers, observed } = global.length > 0 ? rolesOf([...list, ...global]) : own
      if (remembers) seen.add(context.job)
      if (observed) {
        context.onEnd((end) => {
          if (remembers && end.state !== 'cancelled' && end.state !== 'discarded') seen.delete(context.job)

          return afterProcess(all, context, end)
        })
      }
      const adds = global.length > 0 ? ({ [ran]: true } as {}) : undefined
      const stopped = beforeProcess(all, context)
      if (isPromise(stopped)) return stopped.then((outcome) => outcome || next(adds))

      return stopped ? Promise.resolve(stopped) : next(adds)
    },
    /** Settling costs a transaction: only what somebody waits for is worth it. */
    get settle() {
      return own.remembers || globalHooks().some(wantsEnds) ? settle : undefined
    },
  }
}

const none: readonly Hook[] = Object.freeze([])

/** Nothing is made when no hook is attached, as for most programs: this is asked for every job. */
function withGlobal<Context extends JobContext>(
  list: readonly Hook<Context>[],
  global: readonly Hook[],
): readonly (Hook<Context> | Hook)[] {
  return global.length > 0 ? [...list, ...global] : list
}

async function changed(job: NewJob, all: readonly Hook<never>[], global: readonly Hook[]): Promise<NewJob> {
  let current = job
  for (const hook of all) current = (await hook.beforeNew?.(current)) ?? current

  return global.length === 0 ? current : Object.freeze({ ...current, [ran]: true })
}

/** Hooks, and what is asked of them for every job. */
interface Roles<Context extends JobContext> {
  readonly all: readonly Hook<Context>[]
  /** Whether some want to change what is inserted. */
  readonly changes: boolean
  /** Whether some want to know of ends that no attempt led to. */
  readonly remembers: boolean
  /** Whether some want to know how attempts end. */
  readonly observed: boolean
}

function rolesOf<Context extends JobContext>(all: readonly Hook<Context>[]): Roles<Context> {
  const changes = all.some(({ beforeNew }) => beforeNew)

  return { all, changes, remembers: all.some(wantsEnds), observed: all.some(observes) }
}

type Answer = Outcome<never> | undefined

/** Waits only for the hooks that give a promise. */
function beforeProcess<Context extends JobContext>(
  all: readonly Hook<Context>[],
  context: Context,
): Answer | Promise<Answer> {
  for (let place = 0; place < all.length; place += 1) {
    const answer = all[place]?.beforeProcess?.(context)
    if (isPromise(answer)) {
      const rest = all.slice(place + 1)

      return Promise.resolve(answer).then((outcome) => outcome || beforeProcess(rest, context))
    }
    if (answer) return answer
  }

  return undefined
}

/** The same. */
function afterProcess<Context extends JobContext>(
  all: readonly Hook<Context>[],
  context: Context,
  end: AttemptEnd,
): undefined | Promise<void> {
  for (let place = 0; place < all.length; place += 1) {
    const hook = all[place] as Hook<Context>
    if (!hook.afterProcess) continue
    const call = { hook, name: 'afterProcess', about: context } as const
    const told = isolate(call, () => hook.afterProcess?.(states[end.state], context, resultOf(end)))
    if (told) return told.then(() => afterProcess(all.slice(place + 1), context, end))
  }

  return undefined
}

const states: Readonly<Record<AttemptEnd['state'], HookState>> = {
  completed: 'complete',
  scheduled: 'snooze',
  available: 'snooze',
  cancelled: 'cancel',
  discarded: 'discard',
  retryable: 'error',
}

function resultOf({ ended }: AttemptEnd): unknown {
  if (ended.kind === 'completed') return ended.value
  if (ended.kind === 'snoozed') return ended.duration

  return ended.kind === 'raised' ? ended.error : ended.reason
}

/** Once the transaction is out of the way: what hooks do may need what it has locked. */
function tellSoon(end: SettledJob, hooks: readonly Hook<never>[], staffa: Client): void {
  if (hooks.length > 0) setImmediate(() => void tellEnd(end, hooks, staffa))
}
