import type { InsertedJob, NewJob, ServiceHost } from '@staffa/core/plugin'
import { dueSlot, type Moment } from './due.ts'
import { jobOf, type Making } from './job-of.ts'
import type { Due, Store } from './store.ts'
import type { Row } from './stored.ts'
import { type Timetable, timetables } from './timetable.ts'
import type { Minute } from './zone.ts'

/** How many entries share a transaction. */
const batchSize = 500

/** Finds the entries that are due, and inserts their jobs. */
export type Evaluate = (rows: readonly Row[], minute: Minute) => Promise<Evaluated>

export interface Evaluated {
  readonly inserted: readonly InsertedJob[]
  /** Whether an entry was due that somebody else had under way, or changed: it is worth another look. */
  readonly contended: boolean
}

export interface EvaluatorTools extends Making {
  readonly database: ServiceHost['database']
  readonly engine: ServiceHost['engine']
  readonly store: Store
  readonly report: (name: string, error: unknown) => void
}

/** A slot and the job for it. */
interface Ready extends Due {
  readonly job: NewJob
}

/** Makes what one node evaluates with, from its start to its end. */
export function evaluator(tools: EvaluatorTools): Evaluate {
  const timetableOf = timetables(tools)
  let rebooting: Set<string> | undefined

  return async (rows, minute) => {
    rebooting ??= new Set(rows.filter(isReboot).map(({ name }) => name))
    const due = findDue(rows, timetableOf(rows), { minute, rebooting })
    const ready = await makeJobs(due, tools)
    const inserted: InsertedJob[] = []
    let contended = false
    for (let from = 0; from < ready.length; from += batchSize) {
      const batch = await insertBatch(ready.slice(from, from + batchSize), tools)
      for (const name of batch.claimed) rebooting.delete(name)
      inserted.push(...batch.inserted)
      contended ||= batch.contended
    }

    return { inserted, contended }
  }
}

function isReboot({ expression, paused }: Row): boolean {
  return expression === '@reboot' && !paused
}

/** The slots that jobs are to be inserted for now. */
export function findDue(rows: readonly Row[], timetable: Timetable, moment: Moment): readonly Due[] {
  return rows.flatMap((row) => {
    const slots = timetable(row)
    const minute = slots && dueSlot({ ...row, slots, guaranteed: row.opts.guaranteed }, moment)

    return minute === undefined ? [] : [{ row, minute }]
  })
}

/** A job that cannot be made is told of, and tried again as long as its slot counts. */
async function makeJobs(due: readonly Due[], tools: EvaluatorTools): Promise<readonly Ready[]> {
  const made = await Promise.allSettled(due.map((one) => jobOf(one, tools)))

  return made.flatMap((result, index) => {
    const one = due[index] as Due
    if (result.status === 'fulfilled') return [{ ...one, job: result.value }]
    tools.report(one.row.name, result.reason)

    return []
  })
}

interface Batch {
  /** The entries whose slot is theirs now. A unique job may have stood in the way of a new one all the same. */
  readonly claimed: readonly string[]
  readonly inserted: readonly InsertedJob[]
  readonly contended: boolean
}

/** What the database refuses of one entry must not hold up the others. */
async function insertBatch(ready: readonly Ready[], tools: EvaluatorTools): Promise<Batch> {
  try {
    return await insert(ready, tools)
  } catch (error) {
    const [only] = ready
    if (!isBadData(error) || !only) throw error
    if (ready.length === 1) {
      tools.report(only.row.name, error)

      return { claimed: [], inserted: [], contended: false }
    }
    const batches: Batch[] = []
    for (const one of ready) batches.push(await insertBatch([one], tools))

    return {
      claimed: batches.flatMap(({ claimed }) => claimed),
      inserted: batches.flatMap(({ inserted }) => inserted),
      contended: batches.some(({ contended }) => contended),
    }
  }
}

/** Moves the entries on and inserts their jobs: both, or neither. */
async function insert(ready: readonly Ready[], { database, engine, store }: EvaluatorTools): Promise<Batch> {
  return database.transaction(async (on) => {
    const claimed = await store.claim(ready, on)
    const jobs = ready.filter(({ row }) => claimed.has(row.name)).map(({ job }) => job)

    const inserted = await engine.insertJobs(jobs, { on })

    return { claimed: [...claimed], inserted, contended: claimed.size < ready.length }
  })
}

/** SQLSTATE classes 22 and 23: the values are at fault. */
function isBadData(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && /^2[23]\w{3}$/.test(String(error.code))
}
