import { StaffaError } from '../support/errors.ts'
import { suggestion } from '../support/suggestion.ts'
import { compose, type Handler } from './compose.ts'
import type { AnyPlugin } from './plugin.ts'
import type { Worker } from './worker.ts'

/** A worker as an instance runs it: with the instance's own layers outside. */
export interface Registered {
  readonly worker: Worker
  readonly stack: readonly AnyPlugin[]
  readonly run: Handler
}

/** The workers that an instance knows, by name and alias. */
export interface Registry {
  /** Throws `UNKNOWN_WORKER` when there is none of that name. */
  find(name: string): Registered
  has(name: string): boolean
  readonly workers: readonly Worker[]
  /** Every name and alias. */
  readonly names: readonly string[]
}

/** Gathers workers under their names. Two of one name are a mistake. */
export function registry(workers: readonly Worker[], use: readonly AnyPlugin[] = []): Registry {
  const byName = new Map<string, Registered>()
  for (const worker of workers) {
    const stack = [...use, ...worker.stack]
    const registered = { worker, stack, run: compose(stack, worker.handler) }
    for (const name of [worker.name, ...(worker.options.aliases ?? [])]) claim(byName, name, registered)
  }

  return {
    workers,
    names: [...byName.keys()],
    has: (name) => byName.has(name),
    find: (name) => {
      const found = byName.get(name)
      if (found) return found

      throw new StaffaError('UNKNOWN_WORKER', `unknown worker: ${name}${suggestion(name, [...byName.keys()])}`, {
        data: { worker: name },
      })
    },
  }
}

function claim(byName: Map<string, Registered>, name: string, registered: Registered): void {
  const other = byName.get(name)
  if (other && other.worker !== registered.worker) {
    throw new StaffaError('DUPLICATE_WORKER', `expected worker names to differ, got two of ${JSON.stringify(name)}`, {
      data: { worker: name },
    })
  }

  byName.set(name, registered)
}
