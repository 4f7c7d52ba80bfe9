import { finalStates } from '../job/state.ts'
import { checkInteger } from '../lifecycle/validate.ts'
import type { PrunerOptions, PrunerRule } from '../runtime/pruner.ts'
import { toPositiveMilliseconds } from '../support/duration.ts'
import { expected } from '../support/errors.ts'
import type { PrunerRuleSettings, PrunerSettings } from './options.ts'
import { check, orForEver } from './settings.ts'

/** Completes the options of the pruner: what no rule is about falls under a last rule for everything. */
export function resolvePruner(settings: PrunerSettings): PrunerOptions {
  check('pruner', settings, ['interval', 'limit', 'age', 'rules'])
  const { interval = 30, limit = 10_000, age = { days: 1 }, rules = [] } = settings
  checkInteger(limit, 'pruner.limit', { from: 1, to: 1_000_000 })
  if (!Array.isArray(rules)) throw expected('pruner.rules', 'a list of rules', rules)
  const all = [...rules, {}] as readonly PrunerRuleSettings[]

  return {
    interval: toPositiveMilliseconds(interval, 'pruner.interval'),
    limit,
    rules: all.map((rule, index) => resolveRule(rule, `pruner.rules[${index}]`, age)),
  }
}

function resolveRule(rule: PrunerRuleSettings, at: string, usual: NonNullable<PrunerSettings['age']>): PrunerRule {
  check(at, rule, ['states', 'queues', 'workers', 'age', 'length'])
  const { states = finalStates, queues, workers, length } = rule
  if (!Array.isArray(states) || !states.every((state) => finalStates.includes(state))) {
    throw expected(`${at}.states`, `a list of ${finalStates.join(', ')}`, states)
  }
  checkNames(queues, `${at}.queues`)
  checkNames(workers, `${at}.workers`)
  if (length !== undefined) checkInteger(length, `${at}.length`, { from: 0 })
  const age = rule.age ?? (length === undefined ? usual : 'infinity')

  return { states, queues, workers, length, age: orForEver(age, `${at}.age`) }
}

function checkNames(names: unknown, option: string): void {
  if (names === undefined) return
  const fits = Array.isArray(names) && names.every((name) => typeof name === 'string')
  if (!fits) throw expected(option, 'a list of names', names)
}
