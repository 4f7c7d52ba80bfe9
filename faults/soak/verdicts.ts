import { flatness, type Verdict } from './flatness.ts'
import { panels, type Sample } from './sample.ts'

/** How flat each measure was. */
export function verdicts(samples: readonly Sample[]): Readonly<Record<string, Verdict>> {
  const judged = panels.flatMap(({ measures, bound }) =>
    measures.map((name) => [name, flatness(pointsOf(samples, name), bound)] as const),
  )

  return Object.fromEntries(judged)
}

/** One measure over time. */
export function pointsOf(samples: readonly Sample[], name: string): readonly { at: number; value: number }[] {
  return samples.map(({ at, values }) => ({ at, value: values[name] ?? Number.NaN }))
}

/** One line a measure, as a table in Markdown. */
export function table(judged: Readonly<Record<string, Verdict>>): string {
  const lines = Object.entries(judged).map(
    ([name, { usual, growth, allowed, flat }]) =>
      `| ${name} | ${short(usual)} | ${short(growth)} | ${short(allowed)} | ${flat ? 'flat' : '**grows**'} |`,
  )

  return ['| measure | usual | grew by | may grow by | |', '|---|---:|---:|---:|---|', ...lines].join('\n')
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}
