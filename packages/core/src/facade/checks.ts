import type { InsertOptions } from '../layers/client.ts'
import { isPlugin } from '../layers/worker.ts'
import { checkInteger, checkName, isName } from '../lifecycle/validate.ts'
import { everyQueue, highestLimit } from '../runtime/control.ts'
import type { QueueOptions } from '../runtime/queue.ts'
import { toNonNegativeMilliseconds, toPositiveMilliseconds } from '../support/duration.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import type { QueueSettings, StaffaOptions } from './options.ts'

/** Checks the options that are used as they are. */
export function checkParts({ workers, use, services, notifier, logger, clock, testing }: StaffaOptions): void {
  checkList(workers, 'workers', workerRule)
  checkList(use, 'use', (plugin) => (isPlugin(plugin) ? undefined : 'a plugin'))
  checkList(services, 'services', (service) => (isService(service) ? undefined : 'an object with start and stop'))
  if (notifier !== undefined && notifier !== 'listen' && notifier !== 'poll') {
    throw expected('notifier', '"listen" or "poll"', notifier)
  }
  if (testing !== undefined && testing !== 'manual' && testing !== 'inline') {
    throw expected('testing', '"manual" or "inline"', testing)
  }
  if (logger !== undefined && !hasMethods(logger, ['debug', 'info', 'warn', 'error'])) {
    throw expected('logger', 'an object with debug, info, warn and error', logger)
  }
  if (clock !== undefined && !hasMethods(clock, ['now'])) throw expected('clock', 'an object with now()', clock)
}

const queueOptionNames: readonly string[] = [
  'limit',
  'paused',
  'ack',
  'prefetch',
  'dispatchCooldown',
  'refreshInterval',
]

/** Completes the options of every queue. */
export function resolveQueues({ queues = {}, dispatchCooldown }: StaffaOptions): Record<string, QueueOptions> {
  if (!isObject(queues) || Array.isArray(queues)) throw expected('queues', 'an object of limits by queue', queues)

  return Object.fromEntries(
    Object.entries(queues).map(([queue, given]) => {
      checkName(queue, 'queue name')
      const settings = typeof given === 'number' ? { limit: given } : given

      return [queue, resolveQueue(queue, settings, dispatchCooldown)]
    }),
  )
}

/** Completes the options of one queue. */
export function resolveQueue(
  queue: string,
  settings: QueueSettings,
  dispatchCooldown: QueueSettings['dispatchCooldown'],
): QueueOptions {
  const at = `queues.${queue}`
  if (queue === everyQueue) throw expected('queue name', 'the name of one queue', queue)
  if (!isObject(settings)) throw expected(at, 'a limit, or an object with a limit', settings)
  rejectUnknown(at, settings, queueOptionNames)
  const { limit, paused = false, ack = 'batched', prefetch = 1000 } = settings
  checkInteger(limit, `${at}.limit`, { from: 1, to: highestLimit })
  checkInteger(prefetch, `${at}.prefetch`, { from: 0, to: 10_000 })
  if (typeof paused !== 'boolean') throw expected(`${at}.paused`, 'true or false', paused)
  if (ack !== 'batched' && ack !== 'sync') throw expected(`${at}.ack`, '"batched" or "sync"', ack)
  const cooldown = settings.dispatchCooldown ?? dispatchCooldown ?? 0
  const refresh = settings.refreshInterval ?? { minutes: 1 }

  return {
    limit,
    paused,
    ack,
    prefetch,
    dispatchCooldown: toNonNegativeMilliseconds(cooldown, 'dispatchCooldown'),
    refreshInterval: toPositiveMilliseconds(refresh, `${at}.refreshInterval`),
  }
}

/** Checks what comes with an insertion: a transaction under a mistyped name must not go unnoticed. */
export function checkInsertOptions(options: InsertOptions): InsertOptions {
  if (!isObject(options)) throw expected('options of insert', 'an object', options)
  rejectUnknown('options of insert', options, ['transaction'])

  return options
}

/** Throws for the first item that breaks a rule: `brokenRule` says which. */
function checkList(list: unknown, option: string, brokenRule: (item: unknown) => string | undefined): void {
  if (list === undefined) return
  if (!Array.isArray(list)) throw expected(option, 'a list', list)
  for (const [index, item] of list.entries()) {
    const rule = brokenRule(item)
    if (rule) throw expected(`${option}[${index}]`, rule, item)
  }
}

function isService(value: unknown): boolean {
  if (!hasMethods(value, ['start', 'stop'])) return false
  const { attach } = value as { readonly attach?: unknown }

  return attach === undefined || typeof attach === 'function'
}

function workerRule(item: unknown): string | undefined {
  if (isWorker(item)) return undefined

  return hasMethods(item, ['use', 'process']) ? 'a worker (its process() is missing)' : 'a worker'
}

/** By shape: it may come from another copy of this package. */
function isWorker(item: unknown): boolean {
  if (!isObject(item) || !hasMethods(item, ['handler', 'new'])) return false
  const { name, options, stack } = item
  const aliases = isObject(options) ? (options.aliases ?? []) : undefined

  return isName(name) && Array.isArray(aliases) && Array.isArray(stack) && Array.from(stack).every(isPlugin)
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'function')
}

export function isObject(value: unknown): value is object & Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
