import type { History, Invariant, Violation } from '../history.ts'
import { beats } from './beats.ts'
import { cancelled } from './cancelled.ts'
import { due } from './due.ts'
import { effects } from './effects.ts'
import { endsOnce } from './ends-once.ts'
import { leavesNothing } from './leaves-nothing.ts'
import { limit } from './limit.ts'
import { resumes } from './resumes.ts'
import { runsOnce } from './runs-once.ts'
import { settlesOnce } from './settles-once.ts'
import { survives } from './survives.ts'
import { unique } from './unique.ts'
import { zombies } from './zombies.ts'

const lifeOfJobs = { endsOnce, leavesNothing, runsOnce, effects, due, unique, cancelled, settlesOnce, zombies }
const lifeOfNodes = { limit, beats, survives, resumes }

/** Everything that must hold, by name. */
export const invariants: Readonly<Record<string, Invariant>> = { ...lifeOfJobs, ...lifeOfNodes }

/** What does not hold, by the name of the invariant. */
export function broken(history: History): Readonly<Record<string, readonly Violation[]>> {
  const found = Object.entries(invariants).map(([name, invariant]) => [name, invariant(history)] as const)

  return Object.fromEntries(found.filter(([, violations]) => violations.length > 0))
}
