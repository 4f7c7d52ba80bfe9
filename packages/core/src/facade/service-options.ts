import { checkInteger, isName } from '../lifecycle/validate.ts'
import type { PrunerOptions } from '../runtime/pruner.ts'
import type { ReindexerOptions } from '../runtime/reindexer.ts'
import type { RescuerOptions } from '../runtime/rescuer.ts'
import type { ServiceOptions } from '../runtime/services.ts'
import type { StagerOptions } from '../runtime/stager.ts'
import { toPositiveMilliseconds } from '../support/duration.ts'
import { expected } from '../support/errors.ts'
import type { LeaderSettings, ReindexerSettings, RescuerSettings, StaffaOptions, StagerSettings } from './options.ts'
import { resolvePruner } from './pruner-options.ts'
import { check, orForEver } from './settings.ts'

type Resolved = Pick<ServiceOptions, 'leader' | 'stager' | 'rescuer' | 'pruner' | 'reindexer' | 'lease'>

/** Completes the options of the services. */
export function resolveServices(options: StaffaOptions): Resolved {
  const rescuer = unless(options.rescuer, (settings) => resolveRescuer(settings))

  return {
    leader: unless(options.leader, resolveLeader),
    stager: unless(options.stager, resolveStager),
    rescuer,
    pruner: unless(options.pruner, resolvePruner) satisfies PrunerOptions | false,
    reindexer: unless(options.reindexer ?? false, resolveReindexer),
    lease: rescuer ? rescuer.lease : resolveRescuer({}).lease,
  }
}

function unless<Settings, Options>(
  settings: Settings | false | undefined,
  resolve: (settings: Settings) => Options,
): Options | false {
  return settings === false ? false : resolve(settings ?? ({} as Settings))
}

function resolveLeader(settings: LeaderSettings): { readonly lease: number } {
  check('leader', settings, ['lease'])

  return { lease: toPositiveMilliseconds(settings.lease ?? 30, 'leader.lease') }
}

function resolveStager(settings: StagerSettings): StagerOptions {
  check('stager', settings, ['interval', 'limit'])
  const { interval = 1, limit = 5_000 } = settings
  checkInteger(limit, 'stager.limit', { from: 1, to: 100_000 })

  return { interval: toPositiveMilliseconds(interval, 'stager.interval'), limit }
}

function resolveRescuer(settings: RescuerSettings): RescuerOptions {
  check('rescuer', settings, ['interval', 'lease', 'age', 'limit'])
  const { interval = 5, lease = 30, age = 'infinity', limit = 5_000 } = settings
  checkInteger(limit, 'rescuer.limit', { from: 1, to: 100_000 })

  return {
    interval: toPositiveMilliseconds(interval, 'rescuer.interval'),
    lease: toPositiveMilliseconds(lease, 'rescuer.lease'),
    age: orForEver(age, 'rescuer.age'),
    limit,
  }
}

function resolveReindexer(settings: ReindexerSettings): ReindexerOptions {
  check('reindexer', settings, ['interval', 'indexes'])
  const { interval = { days: 1 }, indexes = ['oban_jobs_staffa_fetch', 'oban_jobs_staging_index'] } = settings
  const fits = Array.isArray(indexes) && Array.from(indexes).every(isName)
  if (!fits) throw expected('reindexer.indexes', 'a list of names', indexes)

  return { interval: toPositiveMilliseconds(interval, 'reindexer.interval'), indexes }
}
