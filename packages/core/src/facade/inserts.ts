import { queryableOf } from '../engine/connect/transaction.ts'
import type { Engine } from '../engine/engine.ts'
import type { InsertedJob, NewJob } from '../job/job.ts'
import type { InsertOptions, NewJobs } from '../layers/client.ts'
import { prepare } from '../layers/prepare.ts'
import { runInline } from '../runtime/inline.ts'
import type { Inserter } from '../runtime/inserter.ts'
import type { NodeTools } from '../runtime/node.ts'
import { currentTestingMode } from '../support/testing-mode.ts'
import { checkInsertOptions } from './checks.ts'
import type { Config } from './config.ts'
import { insertInBatches, runEach } from './insert-all.ts'

export interface InsertsTools extends NodeTools {
  readonly engine: Engine
  readonly inserter: Inserter
  readonly testing: Config['testing']
  /** Says that these queues have something to fetch. */
  readonly nudge: (queues: Iterable<string>) => void
}

/** The ways in which jobs get into the table: alone or together, in the caller's transaction or in one of their own. */
export interface Inserts {
  insert(job: NewJob, options: InsertOptions): Promise<InsertedJob>
  insertAll(jobs: NewJobs, options: InsertOptions): Promise<readonly InsertedJob[]>
}

/** Makes the way in of one instance. */
export function inserts(tools: InsertsTools): Inserts {
  const { engine, inserter, use } = tools
  const runsInline = () => (currentTestingMode() ?? tools.testing) === 'inline'

  async function insert(job: NewJob, options: InsertOptions): Promise<InsertedJob> {
    const { transaction } = checkInsertOptions(options)
    const prepared = await prepare(job, use)
    if (runsInline()) return runInline(prepared, tools)
    if (transaction !== undefined) {
      const [inserted] = await engine.insertJobs([prepared], { on: queryableOf(transaction) })

      return inserted as InsertedJob
    }
    const inserted = await inserter.insert(prepared)
    wake([inserted])

    return inserted
  }

  async function insertAll(jobs: NewJobs, options: InsertOptions): Promise<readonly InsertedJob[]> {
    const { transaction } = checkInsertOptions(options)
    if (runsInline()) return runEach(jobs, (job) => insert(job, {}))
    const on = transaction === undefined ? undefined : queryableOf(transaction)
    const inserted = await insertInBatches(jobs, { engine, use, on })
    if (!on) wake(inserted)

    return inserted
  }

  /** This node need not wait for its own notice. */
  function wake(inserted: readonly InsertedJob[]): void {
    const runnable = inserted.filter(({ state, conflict }) => state === 'available' && !conflict)
    tools.nudge(new Set(runnable.map(({ queue }) => queue)))
  }

  return { insert, insertAll }
}
