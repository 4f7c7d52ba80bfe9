import type { Job } from '../../job/job.ts'
import type { Row } from '../database.ts'
import type { Fetched, FetchOptions } from '../engine.ts'
import { claimedColumns, claimingTransaction, epoch, lastOf, sizeOf, toClaimed } from '../job-row.ts'
import type { Names } from '../names.ts'
import { statement } from '../names.ts'
import { noteClaim } from './claims.ts'
import { KeptPlan } from './kept-plan.ts'
import { withError } from './marks.ts'
import { anew, instant, now, once, plannedAnew, run, type Tools, texts } from './tools.ts'

/** Claims available jobs of a queue. Locks the rows it takes and skips those that others have locked. */
export function fetchJobs(tools: Tools) {
  const claim = claimRows(tools)

  return async (options: FetchOptions): Promise<Fetched> => new FetchedRows(await claim(options), options)
}

/** The rows that were claimed, which become jobs when somebody looks at them. */
class FetchedRows implements Fetched {
  readonly count: number
  readonly bytes: number
  readonly #rows: readonly Row[]
  readonly #options: FetchOptions
  #read: Pick<Fetched, 'jobs' | 'discarded'> | undefined

  constructor(rows: readonly Row[], options: FetchOptions) {
    this.count = rows.length
    this.bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0)
    this.#rows = rows
    this.#options = options
  }

  get reached(): Date | undefined {
    return lastOf(this.#rows)
  }

  get jobs(): readonly Job[] {
    this.#read ??= read(this.#rows, this.#options)

    return this.#read.jobs
  }

  get discarded(): readonly Job[] {
    this.#read ??= read(this.#rows, this.#options)

    return this.#read.discarded
  }
}

function read(rows: readonly Row[], { queue, node, producer }: FetchOptions): Pick<Fetched, 'jobs' | 'discarded'> {
  const known = { state: 'executing' as const, queue, attemptedBy: Object.freeze([node, producer]) }
  const transaction = rows.map(claimingTransaction).find((claim) => claim !== undefined)
  if (transaction !== undefined) noteClaim(known.attemptedBy, transaction)
  const all = toClaimed(rows, known)

  return { jobs: all.filter(isExecuting).sort(inOrder), discarded: all.filter((job) => !isExecuting(job)) }
}

function isExecuting({ state }: Job): boolean {
  return state === 'executing'
}

/** Runs the statement, planned for the table as it is, or by the plan that its session keeps where that serves. */
function claimRows(tools: Tools) {
  const { names } = tools
  const all = inBothWays((condition) => text(names, { condition, from: '' }), 5)
  const later = inBothWays((condition) => text(names, { condition, from: fromPriorityZero(5) }), 6)
  const plan = new KeptPlan()

  return async ({ queue, limit, node, producer, from }: FetchOptions): Promise<readonly Row[]> => {
    const { planned, unplanned } = from ? later : all
    const values = [queue, limit, texts([node, producer]), instant(tools), ...(from ? [from.toISOString()] : [])]
    const began = performance.now()
    const kept = plan.serves(began)
    const rows = await (kept ? run(tools, unplanned, { values }) : run(tools, planned, { values: [...values, anew] }))
    const now = performance.now()
    plan.learn(now, { rows: rows.length, elapsed: now - began, kept })

    return rows
  }
}

function inBothWays(text: (condition: string) => string, parameter: number) {
  return { planned: statement('fetch', text(plannedAnew(parameter))), unplanned: statement('fetch', text('true')) }
}

/** One condition for two columns: the index is entered there. */
function fromPriorityZero(parameter: number): string {
  return `AND (priority, scheduled_at) >= (0, $${parameter}::text::timestamp)`
}

/** Ids beyond it cannot be told apart here. */
const largestId = Number.MAX_SAFE_INTEGER

/** A job without attempts left would be picked and passed over for ever: it is discarded here. */
function text(names: Names, { condition, from }: { readonly condition: string; readonly from: string }): string {
  const runnable = `attempt < max_attempts AND id BETWEEN -${largestId} AND ${largestId}`
  const entry = `jsonb_build_object(
    'at', to_char(${now(4)}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', attempt,
    'error', CASE WHEN attempt < max_attempts THEN '** (Unknowable) the id of the job is larger than JavaScript can hold'
      ELSE '** (Exhausted) the job was available with no attempts left' END)`

  return `
    UPDATE ${names.jobs} AS job SET
      state = CASE WHEN ${runnable} THEN 'executing'::${names.state} ELSE 'discarded'::${names.state} END,
      attempt = CASE WHEN ${runnable} THEN attempt + 1 ELSE attempt END,
      attempted_at = ${once(now(4))},
      attempted_by = ${once('$3::text::text[]')},
      discarded_at = CASE WHEN ${runnable} THEN discarded_at ELSE ${now(4)} END,
      errors = CASE WHEN ${runnable} THEN errors ELSE ${withError(names, entry)} END,
      meta = CASE WHEN NOT (${runnable}) AND meta ? 'settles'
        THEN meta || '{"ended_by": "fetch"}' ELSE meta END
    WHERE id = ANY (ARRAY(${candidates(names, from)})) AND ${condition}
    RETURNING ${claimedColumns('job', once(`(${epoch(now(4))})::text`))}`
}

/** Which rows a fetch may take: the place where limits across nodes would be added. */
function candidates(names: Names, from: string): string {
  return `
      SELECT id FROM ${names.jobs}
      WHERE state = 'available' AND queue = $1::text ${from}
      ORDER BY priority, scheduled_at, id
      LIMIT $2::text::int
      FOR UPDATE SKIP LOCKED`
}

function inOrder(a: Job, b: Job): number {
  return a.priority - b.priority || a.scheduledAt.getTime() - b.scheduledAt.getTime() || a.id - b.id
}
