import { loadContender } from '../contenders/index.ts'
import type { Case, Figures } from '../workloads/workload.ts'
import type { Lab } from './lab.ts'

export interface RoundsOptions {
  readonly lab: Lab
  readonly rounds: number
  /** Told of each measurement when it is done. */
  readonly onDone: (line: string) => void
}

export type Measured = Pick<Case, 'contender' | 'setting'> & { readonly rounds: readonly Figures[] }

/**
 * A B C A B C, and then A B A B if C is not repeated: what changes on the machine meanwhile changes for all. Who needs a
 * Redis goes without when there is none.
 */
export async function inTurns(
  all: readonly Case[],
  { lab, rounds, onDone }: RoundsOptions,
): Promise<readonly Measured[]> {
  const cases: Case[] = []
  for (const each of all) if (await isPossible(each, lab)) cases.push(each)
  const results = new Map<Case, Figures[]>(cases.map((each) => [each, []]))

  for (const { each, round } of turns(cases, rounds)) {
    const figures = await each.measure(lab)
    results.get(each)?.push(figures)
    onDone(`${round}  ${each.setting}  ${each.contender}  ${inWords(figures)}`)
  }

  return cases.map((each) => ({
    contender: each.contender,
    setting: each.setting,
    rounds: results.get(each) ?? [],
  }))
}

/** What is measured when: those that are repeated go on when the others are done. */
export function* turns<Each extends Pick<Case, 'repeat'>>(
  cases: readonly Each[],
  rounds: number,
): Generator<{ readonly each: Each; readonly round: number }> {
  const most = Math.max(0, ...cases.map(({ repeat = 1 }) => repeat))
  for (let round = 1; round <= rounds * most; round++) {
    for (const each of cases) if (round <= rounds * (each.repeat ?? 1)) yield { each, round }
  }
}

async function isPossible({ contender }: Case, { options: { redis } }: Lab): Promise<boolean> {
  return redis !== undefined || (await loadContender(contender)).store !== 'redis'
}

function inWords(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, number]) => `${name} ${number.toPrecision(4)}`)
    .join('  ')
}
