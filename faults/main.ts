// Breaks things on purpose, and tells what became of the jobs. `pnpm faults --quick --only kill-node --seed 7`
import { parseArgs } from 'node:util'
import { describe } from './report/describe.ts'
import { keep } from './report/keep.ts'
import { type Result, resultOf } from './report/result.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    'side-by-side': { type: 'string', default: '3' },
  },
})
const seed = Number(values.seed)
const chosen = scenarios.filter(({ name }) => values.only?.includes(name) ?? true)
const say = (text: string) => process.stdout.write(`${text}\n`)

if (!Number.isSafeInteger(seed) || chosen.length === 0) {
  say(`expected --seed to be a whole number, and --only to be one of ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

say(`seed ${seed}: ${chosen.length} scenarios`)
const results = await all(chosen)
const failed = results.filter(({ violations }) => Object.keys(violations).length > 0)
say(`${results.length - failed.length} of ${results.length} scenarios hold, seed ${seed}`)
process.exit(failed.length > 0 ? 1 : 0)

/** Some side by side: most of the time of a scenario is waiting for a lease to end. */
async function all(list: readonly Scenario[]): Promise<readonly Result[]> {
  const waiting = [...list.entries()]
  const results: Result[] = []
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await one(next[1])
  }
  await Promise.all(Array.from({ length: Number(values['side-by-side']) }, lane))

  return results
}

async function one(scenario: Scenario): Promise<Result> {
  const began = performance.now()
  const history = await scenario.perform({ seed, quick: values.quick })
  const result = resultOf(scenario, seed, history)
  say(describe(result, performance.now() - began))
  if (values.json) keep(values.json, [result])

  return result
}
