import { queryableOf } from '../engine/connect/transaction.ts'
import type { Queryable } from '../engine/database.ts'
import type { Ending, Engine } from '../engine/engine.ts'
import type { Job } from '../job/job.ts'
import { isFinal } from '../job/state.ts'
import { type Ack, giveBack } from '../lifecycle/acknowledge.ts'
import { batcher } from '../support/batcher.ts'
import { StaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { retryForever } from './retry.ts'
import { type Settler, settles } from './settler.ts'

/** Writes Acks in batches: one write is under way, and what ends meanwhile is the next. */
export interface Acker {
  /** Resolves when the Ack is written: with false when the job no longer belonged to the attempt. */
  write(ending: Ending): Promise<boolean>
  /** The same, calling back: with false, too, when it could not be written at all. */
  writeThen(ending: Ending, tell: (written: boolean) => void): void
  /** Gives back jobs that were fetched and have not begun: the write of each. */
  giveBack(jobs: readonly Job[]): readonly Promise<boolean>[]
  /** Writes an Ack through a transaction of the job's own layers; throws when it is refused. */
  writeThrough(transaction: unknown, ending: Ending): Promise<void>
  /** How many are not written yet. */
  readonly size: number
  idle(): Promise<void>
}

export interface AckerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  readonly settler: Settler
  /** The producers of this node, whose attempts it may end. */
  readonly producers: () => readonly string[]
  /** Ends the repetition of writes that fail. */
  readonly signal: AbortSignal
}

/** Makes the acker of one node. Failed writes are repeated for ever, with jitter. */
export function acker(tools: AckerTools): Acker {
  const batches = batcher<Ending, boolean>({ limit: 1000, flush: (endings) => writeAll(endings, tools) })

  return {
    write: batches.add,
    writeThen: (ending, tell) => batches.put(ending, tell, () => tell(false)),
    giveBack: (jobs) => jobs.map((job) => batches.add({ job, ack: giveBack(job) })),
    writeThrough: async (transaction, ending) => {
      const written = await endAndSettle([ending], queryableOf(transaction), tools)
      if (!written.has(ending.ack)) throw lost(ending.ack)
    },
    idle: batches.idle,
    get size() {
      return batches.size
    },
  }
}

type Settled = PromiseSettledResult<boolean>

async function writeAll(endings: readonly Ending[], tools: AckerTools): Promise<readonly Settled[]> {
  try {
    const written = await persist(endings, tools)

    return endings.map(({ ack }) => ({ status: 'fulfilled', value: written.has(ack) }))
  } catch (error) {
    if (!isBadData(error)) throw error
    const [only] = endings
    if (endings.length === 1 && only) return [{ status: 'fulfilled', value: await writeFailure(only, error, tools) }]

    return oneByOne(endings, tools)
  }
}

function persist(endings: readonly Ending[], tools: AckerTools): Promise<ReadonlySet<Ack>> {
  const { telemetry, signal } = tools
  let failed = false
  const onError = (error: unknown) => {
    failed = true
    telemetry.emit('failure', { where: 'acker', error })
  }
  const write = async () => {
    const written = await writeOnce(endings, tools)

    return failed ? new Set([...written, ...(await foundWritten(endings, tools))]) : written
  }

  return retryForever(write, { signal, isFinal: isBadData, onError })
}

/** After a failure nobody knows what was written before it: an end counts that is found in the row. */
async function foundWritten(endings: readonly Ending[], { engine, producers }: AckerTools): Promise<readonly Ack[]> {
  const jobs = await engine.listJobs({ id: endings.map(({ ack }) => ack.id), limit: endings.length })
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const isOurs = (job: Job | undefined) => producers().includes(job?.attemptedBy[1] ?? '')
  const attemptAfter = ({ attempt, refund }: Ack) => attempt - (refund ? 1 : 0)

  return endings.flatMap(({ ack }) => {
    const job = byId.get(ack.id)
    const isWritten = job?.state === ack.state && job.attempt === attemptAfter(ack) && isOurs(job)

    return isWritten ? ack : []
  })
}

/** Plain jobs take one statement for all; those that have something to settle take a transaction. */
async function writeOnce(endings: readonly Ending[], tools: AckerTools): Promise<ReadonlySet<Ack>> {
  const { engine, producers } = tools
  if (!endings.some(endsUnsettled)) return engine.ackJobs(acksOf(endings), { producers: producers() })

  return engine.transaction((on) => endAndSettle(endings, on, tools))
}

/** What cannot be ended and settled in one is ended, and then settled as others have left it. */
async function endAndSettle(endings: readonly Ending[], on: Queryable, tools: AckerTools): Promise<ReadonlySet<Ack>> {
  const { engine, settler } = tools
  const options = { on, producers: tools.producers() }
  const settled = await settler.end(endings.filter(endsUnsettled), options)
  const left = endings.filter(({ ack }) => !settled.written.has(ack))
  if (left.length === 0) return settled.written
  const written = await engine.ackJobs(acksOf(left), options)
  const ended = left.filter((ending) => endsUnsettled(ending) && written.has(ending.ack))
  if (!settled.failed) await settler.settle(ended.map(jobOf), on)

  return new Set([...settled.written, ...written])
}

function endsUnsettled({ ack, job }: Ending): boolean {
  return settles(job) && isFinal(ack.state)
}

function jobOf({ job }: Ending): Job {
  return job
}

function acksOf(endings: readonly Ending[]): readonly Ack[] {
  return endings.map(({ ack }) => ack)
}

/** One Ack that the database refuses must not hold up its neighbours. */
async function oneByOne(endings: readonly Ending[], tools: AckerTools): Promise<readonly Settled[]> {
  const results: Settled[] = []
  for (const ending of endings) {
    results.push(...(await writeAll([ending], tools).catch((reason) => [{ status: 'rejected', reason } as const])))
  }

  return results
}

/** What the database cannot hold becomes a failure that says so. */
async function writeFailure({ ack, job }: Ending, error: unknown, tools: AckerTools): Promise<boolean> {
  const reason = error instanceof Error ? error.message : String(error)
  const text = `** (StaffaError INVALID_RESULT) the end of the attempt could not be stored: ${reason}`
  const instead: Ack = { id: ack.id, attempt: ack.attempt, state: 'discarded', error: text }
  const written = await persist([{ ack: instead, job }], tools)

  return written.has(instead)
}

/**
 * SQLSTATE classes 22, 23 and 54, or more text than JavaScript can hold: the values are at fault, and will be at every
 * repetition. A statement with fewer of them may succeed.
 */
export function isBadData(error: unknown): boolean {
  if (error instanceof RangeError) return true
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

  return /^(22|23|54)\w{3}$/.test(code)
}

/** The error for an Ack that came too late for a transaction of its own. */
function lost(ack: Ack): StaffaError<'LOST'> {
  return new StaffaError('LOST', `expected job ${ack.id} to be in attempt ${ack.attempt}, got another state`, {
    data: { id: ack.id, attempt: ack.attempt },
  })
}
