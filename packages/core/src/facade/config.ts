import { type Names, namesIn } from '../engine/names.ts'
import type { AnyPlugin } from '../layers/plugin.ts'
import { type Registry, registry } from '../layers/registry.ts'
import type { NodeOptions } from '../runtime/node.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { toNonNegativeMilliseconds } from '../support/duration.ts'
import { expected, rejectUnknown } from '../support/errors.ts'
import { jsonLogger, type Logger } from '../support/logger.ts'
import { checkParts, resolveQueues, resolveStager } from './checks.ts'
import { resolveDatabase } from './database.ts'
import { checkWord, randomNode } from './identity.ts'
import type { StaffaOptions } from './options.ts'

/** The options, checked and complete. */
export interface Config extends NodeOptions {
  readonly database: ReturnType<typeof resolveDatabase>
  readonly names: Names
  readonly node: string
  readonly registry: Registry
  readonly use: readonly AnyPlugin[]
  readonly logger: Logger
  readonly clock: Clock
}

const known: readonly string[] = [
  'database',
  'name',
  'node',
  'prefix',
  'queues',
  'workers',
  'use',
  'services',
  'stager',
  'notifier',
  'shutdownGracePeriod',
  'dispatchCooldown',
  'logger',
  'clock',
]

/** Checks every option, and completes them with defaults. Nothing is opened. */
export function resolveConfig(options: StaffaOptions): Config {
  if (typeof options !== 'object' || options === null) throw expected('options of new Staffa()', 'an object', options)
  rejectUnknown('new Staffa()', options, known)
  checkParts(options)
  const { name = 'Oban', node = randomNode(), prefix = 'public', use = [], workers = [] } = options
  const names = namesIn(prefix)

  return Object.freeze({
    database: resolveDatabase(options.database),
    name: checkWord(name, 'name'),
    node: checkWord(node, 'node'),
    prefix,
    names,
    queues: resolveQueues(options),
    registry: registry(workers, use),
    use: Object.freeze([...use]),
    services: options.services ?? [],
    stager: resolveStager(options.stager),
    notifier: options.notifier ?? 'listen',
    shutdownGracePeriod: toNonNegativeMilliseconds(options.shutdownGracePeriod ?? 15, 'shutdownGracePeriod'),
    logger: options.logger ?? jsonLogger(),
    clock: options.clock ?? systemClock,
  })
}
