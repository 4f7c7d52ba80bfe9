import type { Engine } from '../engine/engine.ts'
import type { Job } from '../job/job.ts'
import type { Ack } from '../lifecycle/acknowledge.ts'
import type { Acker } from './acker.ts'
import type { BeaterOptions } from './beater.ts'
import { type Executed, type ExecutorTools, execute } from './executor.ts'
import type { Producers } from './producers.ts'
import { giveBack, producerUuid } from './queue.ts'
import { loop } from './service.ts'

/** How to run what a queue holds, without a producer. */
export interface DrainOptions {
  readonly queue: string
  /** The most jobs to fetch in one round. */
  readonly limit: number
  /** Whether to go on until nothing is left, also of what the jobs themselves insert. */
  readonly recursion: boolean
  /** Whether to run jobs before their time: all of them, or those due by an instant. */
  readonly scheduled: boolean | Date
  /** Whether errors that jobs throw stay inside; otherwise the first is thrown, once its job is acknowledged. */
  readonly safety: boolean
  /** How many jobs run at once. */
  readonly concurrency: number
  /** Ends the draining early; what was not begun is given back. */
  readonly signal: AbortSignal | undefined
}

/** How many attempts ended in which way. */
export interface Drained {
  readonly completed: number
  readonly snoozed: number
  readonly cancelled: number
  /** Given up, by the job itself or because no attempts were left. */
  readonly discarded: number
  /** To be tried again. */
  readonly failed: number
}

export interface DrainerTools extends ExecutorTools, BeaterOptions {
  readonly engine: Engine
  readonly acker: Acker
  readonly producers: Producers
}

type Counts = { -readonly [Kind in keyof Drained]: number }

/** Runs what a queue holds in the caller's own time. */
export async function drain(options: DrainOptions, tools: DrainerTools): Promise<Drained> {
  const counts: Counts = { completed: 0, snoozed: 0, cancelled: 0, discarded: 0, failed: 0 }
  const uuid = producerUuid()
  const beat = beats(uuid, options, tools)
  tools.producers.adopt(uuid)

  try {
    await beat.now()
    beat.start()
    for (let ran = 1; ran > 0 && !options.signal?.aborted; ) {
      ran = await round(uuid, { options, tools, counts })
      if (!options.recursion) break
    }

    return Object.freeze(counts)
  } finally {
    await beat.stop()
    await tools.engine.forgetProducers([uuid])
    tools.producers.disown(uuid)
  }
}

interface Draining {
  readonly options: DrainOptions
  readonly tools: DrainerTools
  readonly counts: Counts
}

/** Stages, fetches and runs once; tells how many jobs there were. */
async function round(uuid: string, draining: Draining): Promise<number> {
  const { options, tools, counts } = draining
  const { queue, limit, scheduled } = options
  const { engine, client } = tools
  if (scheduled !== false) await engine.stageQueue(queue, scheduled === true ? undefined : scheduled)
  const { jobs, discarded } = await engine.fetchJobs({ queue, limit, node: client.node, producer: uuid })
  counts.discarded += discarded.length
  await runAll(jobs, draining)

  return jobs.length + discarded.length
}

async function runAll(jobs: readonly Job[], { options, tools, counts }: Draining): Promise<void> {
  const waiting = [...jobs]
  const thrown: unknown[] = []
  const stops = () => options.signal?.aborted || thrown.length > 0

  async function lane(): Promise<void> {
    for (let job = waiting.shift(); job && !stops(); job = waiting.shift()) {
      const executed = await execute(job, tools).ended
      counts[kindOf(executed.ack)] += 1
      if (!executed.acknowledged) await tools.acker.write({ ack: executed.ack, job })
      if (!options.safety && executed.ended.kind === 'raised') thrown.push(executed.ended.error)
      if (stops()) break
    }
  }

  await Promise.all(Array.from({ length: options.concurrency }, lane))
  await Promise.all(waiting.map((job) => tools.acker.write({ ack: giveBack(job), job })))
  if (thrown.length > 0) throw thrown[0]
}

function kindOf({ state }: Executed['ack']): keyof Drained {
  const kinds: Readonly<Record<Ack['state'], keyof Drained>> = {
    completed: 'completed',
    cancelled: 'cancelled',
    discarded: 'discarded',
    retryable: 'failed',
    scheduled: 'snoozed',
    available: 'failed',
  }

  return kinds[state]
}

/** Draining may take longer than a lease: other nodes must know that it goes on. */
function beats(uuid: string, { queue, concurrency }: DrainOptions, { engine, name, node, lease }: DrainerTools) {
  const meta = { staffa: true, local_limit: concurrency, paused: false }
  const now = () => engine.beatProducers([{ uuid, name, node, queue, meta }])

  return { now, ...loop({ every: lease / 3, tick: now, onError: () => {} }) }
}
