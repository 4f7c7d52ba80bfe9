import type { History, Invariant, Violation } from '../history.ts'
import { beats } from './beats.ts'
import { limit } from './limit.ts'
import { ofJobs } from './of-jobs.ts'
import { resumes } from './resumes.ts'
import { survives } from './survives.ts'

/** Everything that must hold, for jobs and for nodes, by name. */
const invariants: Readonly<Record<string, Invariant>> = { ...ofJobs, limit, beats, survives, resumes }

/** What does not hold, by the name of the invariant. */
export function broken(history: History): Readonly<Record<string, readonly Violation[]>> {
  const found = Object.entries(invariants).map(([name, invariant]) => [name, invariant(history)] as const)

  return Object.fromEntries(found.filter(([, violations]) => violations.length > 0))
}
