import { markdownTable } from 'markdown-table'
import type { Scenario } from '../scenario.ts'
import type { Result } from './result.ts'

const head = ['fault', 'what is promised', 'runs', 'jobs', 'lost', 'run again', 'seconds until work went on']

/** The table of all scenarios: what is promised, and what was seen in all runs that were kept. */
export function table(scenarios: readonly Scenario[], results: readonly Result[]): string {
  const rows = scenarios.map((scenario) =>
    row(
      scenario,
      results.filter(({ name }) => name === scenario.name),
    ),
  )

  return markdownTable([head, ...rows], { align: head.map((_, column) => (column < 2 ? undefined : 'right')) })
}

function row({ fault, promise }: Scenario, results: readonly Result[]): readonly string[] {
  const sum = (count: (result: Result) => number) => results.map(count).reduce((all, some) => all + some, 0)
  const longest = Math.max(0, ...results.map(({ resumed }) => resumed))
  const seen = [results.length, sum(({ jobs }) => jobs), sum(({ lost }) => lost), sum(({ twice }) => twice)]

  return [fault, promise, ...seen.map((count) => count.toLocaleString('en')), longest.toFixed(1)]
}
