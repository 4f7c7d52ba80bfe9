import type { Result } from './result.ts'

/** A result in a line, and a few lines on each invariant that does not hold. */
export function describe(result: Result, took: number): string {
  const { name, jobs, lost, twice, resumed, violations } = result
  const broken = Object.entries(violations)
  const head = [
    broken.length === 0 ? 'holds ' : 'BROKEN',
    name.padEnd(24),
    `${jobs} jobs, ${lost} lost, ${twice} run again, went on after ${resumed} s`,
    `(${(took / 1_000).toFixed(1)} s)`,
  ].join(' ')

  return [head, ...broken.flatMap(([invariant, list]) => complaint(invariant, list))].join('\n')
}

function complaint(invariant: string, list: readonly string[]): readonly string[] {
  const shown = list.slice(0, 5).map((violation) => `    ${violation}`)

  return [`  ${invariant}: ${list.length}`, ...shown]
}
