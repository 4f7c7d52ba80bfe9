import type { Engine } from '../engine/engine.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import { batcher } from '../support/batcher.ts'
import { StaffaError } from '../support/errors.ts'
import type { Telemetry } from '../support/telemetry.ts'
import { retryForever } from './retry.ts'

/** Writes Acks in batches: one write is under way, and what ends meanwhile is the next. */
export interface Acker {
  /** Resolves when the Ack is written: with false when the job no longer belonged to the attempt. */
  write(ack: Ack): Promise<boolean>
  /** How many are not written yet. */
  readonly size: number
  idle(): Promise<void>
}

export interface AckerTools {
  readonly engine: Engine
  readonly telemetry: Telemetry
  /** The producers of this node, whose attempts it may end. */
  readonly producers: () => readonly string[]
  /** Ends the repetition of writes that fail. */
  readonly signal: AbortSignal
}

/** Makes the acker of one node. Failed writes are repeated for ever, with jitter. */
export function acker(tools: AckerTools): Acker {
  const batches = batcher<Ack, boolean>({ limit: 1000, flush: (acks) => writeAll(acks, tools) })

  return {
    write: batches.add,
    idle: batches.idle,
    get size() {
      return batches.size
    },
  }
}

type Settled = PromiseSettledResult<boolean>

async function writeAll(acks: readonly Ack[], tools: AckerTools): Promise<readonly Settled[]> {
  try {
    const written = await persist(acks, tools)

    return acks.map(({ id }) => ({ status: 'fulfilled', value: written.has(id) }))
  } catch (error) {
    if (!isBadData(error)) throw error
    const [only] = acks
    if (acks.length === 1 && only) return [{ status: 'fulfilled', value: await writeFailure(only, error, tools) }]

    return oneByOne(acks, tools)
  }
}

function persist(acks: readonly Ack[], { engine, producers, telemetry, signal }: AckerTools) {
  return retryForever(() => engine.ackJobs(acks, { producers: producers() }), {
    signal,
    isFinal: isBadData,
    onError: (error) => telemetry.emit('failure', { where: 'acker', error }),
  })
}

/** One Ack that the database refuses must not hold up its neighbours. */
async function oneByOne(acks: readonly Ack[], tools: AckerTools): Promise<readonly Settled[]> {
  const results: Settled[] = []
  for (const ack of acks) results.push(...(await writeAll([ack], tools)))

  return results
}

/** What the database cannot hold becomes a failure that says so. */
async function writeFailure({ id, attempt }: Ack, error: unknown, tools: AckerTools): Promise<boolean> {
  const reason = error instanceof Error ? error.message : String(error)
  const text = `** (StaffaError INVALID_RESULT) the end of the attempt could not be stored: ${reason}`
  const written = await persist([{ id, attempt, state: 'discarded', error: text }], tools)

  return written.has(id)
}

/** SQLSTATE classes 22 and 23: the values are at fault, and will be at every repetition. */
export function isBadData(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

  return /^2[23]\w{3}$/.test(code)
}

/** The error for an Ack that came too late for a transaction of its own. */
export function lost(ack: Ack): StaffaError<'LOST'> {
  return new StaffaError('LOST', `expected job ${ack.id} to be in attempt ${ack.attempt}, got another state`, {
    data: { id: ack.id, attempt: ack.attempt },
  })
}
