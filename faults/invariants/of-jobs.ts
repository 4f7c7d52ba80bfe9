import type { Invariant } from '../history.ts'
import { cancelled } from './cancelled.ts'
import { due } from './due.ts'
import { effects } from './effects.ts'
import { endsOnce } from './ends-once.ts'
import { leavesNothing } from './leaves-nothing.ts'
import { runsOnce } from './runs-once.ts'
import { settlesOnce } from './settles-once.ts'
import { unique } from './unique.ts'
import { zombies } from './zombies.ts'

/** What must hold for jobs. */
export const ofJobs: Readonly<Record<string, Invariant>> = {
  endsOnce,
  leavesNothing,
  runsOnce,
  effects,
  due,
  unique,
  cancelled,
  settlesOnce,
  zombies,
}
